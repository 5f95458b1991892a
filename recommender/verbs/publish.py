"""What a digest turns into on disk: its block in README.md, sections that outgrew it, feeds, an issue's text.

Only what changed is written, only what an earlier run wrote is removed.
"""

from pathlib import Path

from recommender.config import Config
from recommender.dailyarxiv import write as dailyarxiv
from recommender.digest import feeds, issue, markdown
from recommender.digest.model import Digest
from recommender.errors import InputError
from recommender.text_files import read_text, write_text


def write(digest: Digest, config: Config) -> list[Path]:
    """Write all that config.toml asks for; the files that were changed or removed. Raises `InputError`."""
    files = _digest_files(digest, config)
    gone = _outdated(config, files)
    files |= _feed_files(digest, config)
    if config.issue.path:
        path, text = config.resolve(config.issue.path), _issue(digest, config)
        if text:
            files[path] = text
        elif path.exists():
            gone.append(path)
    changed = [path for path, text in files.items() if write_text(path, text)]
    for path in gone:
        _remove(path)
    return changed + gone


def _digest_files(digest: Digest, config: Config) -> dict[Path, str]:
    settings = config.digest
    home = config.resolve(settings.path)
    if settings.style == "dailyarxiv":
        if (before := read_text(home)) and not before.startswith(dailyarxiv.FIRST_LINE):
            raise InputError(f"{home}: is not a DailyArXiv README, which style = 'dailyarxiv' replaces whole; move it")
        columns = [dailyarxiv.COLUMNS[name] for name in settings.columns if name in dailyarxiv.COLUMNS]
        link = dailyarxiv.LINKS[settings.link]
        return {home: dailyarxiv.render(digest, columns=columns, link=link, max_bytes=settings.max_bytes)}
    before = read_text(home)
    rendering = markdown.render(
        digest,
        columns=settings.columns,
        link=settings.link,
        max_bytes=settings.max_bytes,
        outside=markdown.bytes_outside(before),
        crlf="\r\n" in before,
        folder=settings.folder,
        home=home.name,
    )
    moved = {home.parent / name: text for name, text in rendering.files.items()}
    for path in moved:
        _own(path)
    return moved | {home: markdown.splice(before, rendering.text)}


def _own(path: Path) -> None:
    """Refuse to overwrite a file that no digest wrote."""
    text = read_text(path)
    if text and not text.startswith(markdown.GENERATED):
        raise InputError(f"{path}: is not a file of the digest; move it, or set `folder` under [digest]")


def _outdated(config: Config, files: dict[Path, str]) -> list[Path]:
    """Files of sections that an earlier digest moved out and this one does not."""
    folder = config.resolve(config.digest.path).parent / config.digest.folder
    found = sorted(path for path in folder.glob("*.md") if path not in files and path.is_file())
    return [path for path in found if read_text(path).startswith(markdown.GENERATED)]


def _feed_files(digest: Digest, config: Config) -> dict[Path, str]:
    settings = config.feeds
    if not settings.path:
        return {}
    folder = config.resolve(settings.path)
    rendered = feeds.render(digest, title=settings.title, url=settings.url, most=settings.most)
    return {folder / name: text for name, text in rendered.items()}


def _issue(digest: Digest, config: Config) -> str | None:
    """The issue's text, None on a day without news; refuses to touch a file that no digest wrote."""
    settings = config.issue
    path = config.resolve(settings.path)
    before = read_text(path)
    if before and not before.startswith(issue.START):
        raise InputError(f"{path}: is not an issue's text of an earlier digest; name another file under [issue]")
    render = dailyarxiv.issue if settings.style == "dailyarxiv" else issue.render
    return render(digest, url=settings.url, labels=settings.labels, link=config.digest.link)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be removed ({error.strerror})") from error
