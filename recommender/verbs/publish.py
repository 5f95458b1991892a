"""What a digest turns into on disk: its block in README.md, sections that outgrew it, feeds, an issue's text.

Only what changed is written, only what an earlier run wrote is removed.
"""

from pathlib import Path

from recommender.config import Config
from recommender.dailyarxiv import write as dailyarxiv
from recommender.digest import feeds, issue, markdown
from recommender.digest.model import Digest
from recommender.errors import InputError
from recommender.text_files import Ours, read_text, remove, settled, write_text


def write(digest: Digest, config: Config) -> list[Path]:
    """Write all that config.toml asks for; the files that were changed or removed. Raises `InputError`."""
    home, page, moved = _rendered(digest, config)
    beside = config.bounds(config.digest.path)
    folders = [
        (Ours.read(home.parent / config.digest.folder, "papers", _is_moved, within=beside), moved),
        *_feeds(digest, config),
    ]
    for ours, files in folders:
        for path in ours.strangers(files):
            raise InputError(f"{path}: is not a file of the digest; move it, or name another folder in config.toml")
    issue_path, text = _issue(digest, config)
    changed = [home] if write_text(home, page, within=beside) else []
    gone: list[Path] = []
    for ours, files in folders:
        written, removed = ours.write(files)
        changed += written
        gone += removed
    if issue_path and text is not None and write_text(issue_path, text, within=config.bounds(config.issue.path)):
        changed.append(issue_path)
    if issue_path and text is None and remove(issue_path, within=config.bounds(config.issue.path)):
        gone.append(issue_path)
    return changed + gone


def _rendered(digest: Digest, config: Config) -> tuple[Path, str, dict[str, str]]:
    """The digest's file, its text, and the files that moved out of it, by their names in their folder."""
    settings = config.digest
    home = config.resolve(settings.path)
    before = read_text(home)
    if settings.style == "dailyarxiv":
        if before and not before.startswith(dailyarxiv.FIRST_LINE):
            raise InputError(f"{home}: is not a DailyArXiv README, which style = 'dailyarxiv' replaces whole; move it")
        columns = [dailyarxiv.COLUMNS[name] for name in settings.columns if name in dailyarxiv.COLUMNS]
        link = dailyarxiv.LINKS[settings.link]
        return home, dailyarxiv.render(digest, columns=columns, link=link, max_bytes=settings.max_bytes), {}
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
    moved = {name.removeprefix(f"{settings.folder}/"): text for name, text in rendering.files.items()}
    return home, markdown.splice(before, rendering.text), moved


def _feeds(digest: Digest, config: Config) -> list[tuple[Ours, dict[str, str]]]:
    settings = config.feeds
    if not settings.path:
        return []
    ours = Ours.read(
        config.resolve(settings.path), "feeds", feeds.recognised, within=config.bounds(settings.path, folder=True)
    )
    return [(ours, feeds.render(digest, title=settings.title, url=settings.url, most=settings.most))]


def _issue(digest: Digest, config: Config) -> tuple[Path | None, str | None]:
    """Where the issue's text goes, and the text, None on a day without news; refuses a file that no digest wrote."""
    settings = config.issue
    if not settings.path:
        return None, None
    path = config.resolve(settings.path)
    settled(path, config.bounds(settings.path))
    render = dailyarxiv.issue if settings.style == "dailyarxiv" else issue.render
    text = render(digest, url=settings.url, labels=settings.labels, link=config.digest.link)
    if path.exists() and not issue.recognised(read_text(path).encode("utf-8")):
        raise InputError(f"{path}: is not an issue's text of an earlier digest; name another file under [issue]")
    return path, text


def _is_moved(name: str, head: bytes) -> bool:
    """Whether a file is a section that moved out of a digest."""
    return name.endswith(".md") and head.startswith(markdown.GENERATED.encode())
