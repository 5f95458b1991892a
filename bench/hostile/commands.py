"""Command lines, configurations, folders and terminals that nobody meant well: does each end in a line, in time?

Each case runs in a process of its own, as `nobody` where this is root, in a scratch folder made for it; what lies
beside that folder is compared afterwards. No network is reached: arXiv's addresses lead to a closed port here.
"""

import codecs
import importlib
import io
import json
import os
import pkgutil
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import recommender
from bench.hostile.models import small_model
from recommender.config import tables
from recommender.fronts.cli import main
from recommender.paper import Paper
from recommender.sources.files import line_of

LIMIT_SECONDS = 60
_CRASHED = 70
"Exit code of a child whose command raised what it should have said."
_NOBODY = 65534
_CONFIG = """
[[sections]]
title = "Deep graph"
[embedding]
model = "model"
[ranking]
min_relevance = 0
[fetch]
api_url = "http://127.0.0.1:9/api"
oai_url = "http://127.0.0.1:9/oai"
rss_url = "http://127.0.0.1:9/rss"
timeout_seconds = 1
budget_seconds = 1
"""
_TEXTS = [
    "",
    " ",
    "/",
    ".",
    "..",
    "~",
    "~nosuchuser",
    "-",
    "--",
    "a" * 300,
    "a/" * 600,
    "x\ny",
    "\x1b[31m",
    "\u202e",
    "\ufeff",
]
_TEXTS += [
    "../outside/x",
    "loop",
    "pipe",
    "link",
    "link/x",
    "papers",
    "config.toml",
    "index",
    "site/..",
    "a b",
    "'",
    '"',
    "%s",
    "{x}",
]
_TEXTS += [
    "https://[::1",
    "https://x/{x}",
    "http://127.0.0.1:99999/a",
    "javascript:alert(1)",
    "2407.16658",
    "deep graph",
]
_TEXTS += [
    "\udce9",
    "caf\udce9.toml",
    "cs.CV",
    "cs.XX",
    "cs.CV,,math",
    "math.",
    "\U0001f600",
    "\u4e2d\u6587",
    "0x",
    "1e400",
    "nan",
]
_NUMBERS = [
    "0",
    "-1",
    "1",
    "9" * 20,
    "9" * 400,
    "9" * 5000,
    "0x" + "f" * 5000,
    "1e400",
    "nan",
    "-inf",
    "0.0000001",
    "true",
]
_VALUES = [
    *_NUMBERS,
    "[]",
    "[[]]",
    "{}",
    "[" * 3000,
    "[" * 50 + "]" * 50,
    "{a={a={a=1}}}",
    "1979-05-27",
    "''",
    "'''a\nb'''",
    "[1, 'a']",
]
_RAW = [
    b"\xff\xfe[\x00",
    b"\xef\xbb\xbf",
    b"\x00",
    b"a = '\xe9'",
    b"a." * 50_000 + b"a=1",
    b"[a]\n" * 1000,
    b"#" * 2_000_000,
    b"[[",
]
_VERBS = [
    "search",
    "similar",
    "info",
    "digest",
    "site",
    "check",
    "index",
    "init",
    "import",
    "migrate",
    "fetch",
    "update",
]
_LATE = [
    "platformdirs",
    "platformdirs.unix",
    "configparser",
    "rich.progress",
    "jinja2.ext",
    "getpass",
    "pwd",
    "stringprep",
    "difflib",
    "shlex",
]
_LATE += [
    "certifi",
    "lzma",
    "bz2",
    "zipfile",
    "ssl",
    "numpy.lib.format",
    "faiss",
    "safetensors.numpy",
    "tokenizers",
    "pydoc",
]
_ENCODINGS = ["cp1252", "gbk", "latin-1", "ascii", "utf-16", "cp437", "shift_jis", "utf-8"]


@dataclass(frozen=True, slots=True)
class Case:
    """One run: what is laid into the folder before, the arguments, and what the standard streams are."""

    arguments: list[str]
    config: bytes | None = _CONFIG.encode()
    lay: str = ""
    streams: dict[int, str] = field(default_factory=dict)
    "file descriptor -> a path, or empty: closed"
    encoding: str = "utf-8"


def run(times: int = 1000, seed: int = 0) -> None:
    """Run so many cases, and print how many ended otherwise than in a result or a line, and which."""
    began, faults, codes = time.monotonic(), Counter[str](), Counter[int]()
    rng = random.Random(seed)
    _load_all()
    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        base = Path(name)
        base.chmod(0o755)
        template = _template(base)
        for number in range(times):
            case = rng.choice((_command, _command, _configuration, _folder, _terminal))(rng)
            code, said, harmed = _outcome(base, template, case)
            codes[code] += 1
            for fault in _faults(case, code, said, harmed):
                faults[fault] += 1
                print(f"{number}: {fault}: {case!r:.400}\n{said[-600:]}")
    print(f"{times} cases in {time.monotonic() - began:.0f} s; exit codes {dict(sorted(codes.items()))}")
    print(
        ", ".join(
            f"{what} {faults[what]}" for what in ("tracebacks", "hangs", "wrong exit codes", "silent failures", "harm")
        )
    )


def _load_all() -> None:
    """Import what commands import when they need it: `nobody` may not read where Python lies."""
    for module in pkgutil.walk_packages(recommender.__path__, "recommender."):
        if not module.name.startswith(("recommender.train", "recommender.__main__")):
            importlib.import_module(module.name)
    os.environ |= {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    for name in _LATE:
        importlib.import_module(name)
    for name in [*_ENCODINGS, "utf-8-sig", "utf-16-le", "utf-32", "idna", "punycode", "unicode_escape"]:
        codecs.lookup(name)


def _command(rng: random.Random) -> Case:
    """Any verb with any options."""
    verb = rng.choice(_VERBS)
    arguments = [verb] if rng.random() < 0.97 else [rng.choice(_TEXTS)]
    command = main.commands[verb]
    for option in command.params:
        flags = [flag for flag in option.opts if flag.startswith("-")]
        if not flags and rng.random() < 0.95:
            arguments += rng.choices(_TEXTS, k=rng.choice((1, 1, 1, 2)))
        elif flags and rng.random() < 0.25 and flags != ["--config"]:
            arguments += (
                [flags[-1]] if getattr(option, "is_flag", False) else [flags[-1], rng.choice(_TEXTS + _NUMBERS[:5])]
            )
        elif flags == ["--config"] and rng.random() < 0.1:
            arguments += ["--config", rng.choice([*_TEXTS, "/dev/full", "/dev/zero", "pipe", "papers.jsonl"])]
    return Case([text.replace("\0", "") for text in arguments])


def _configuration(rng: random.Random) -> Case:
    """A verb, and a config.toml with one value that is not meant well, or bytes that are none."""
    verb = rng.choice((["info"], ["search", "deep"], ["digest"], ["site"], ["check"], ["index", "--rebuild"]))
    if rng.random() < 0.15:
        return Case(verb, rng.choice(_RAW) + rng.choice((b"", _CONFIG.encode())))
    kinds = {"digest": tables.DigestConfig, "feeds": tables.FeedsConfig, "issue": tables.IssueConfig}
    kinds |= {"site": tables.SiteConfig, "index": tables.IndexConfig, "ranking": tables.RankingConfig}
    kinds |= {"fetch": tables.FetchConfig, "embedding": tables.EmbeddingConfig, "[sections]": tables.SectionConfig}
    table = rng.choice(list(kinds))
    key = rng.choice([*kinds[table].__dataclass_fields__, rng.choice(_TEXTS)])  # type: ignore[attr-defined]
    text = rng.choice(_TEXTS).encode("utf-8", "ignore").decode()
    value = rng.choice((rng.choice(_VALUES), json.dumps(text, ensure_ascii=True), json.dumps([text])))
    if table == "embedding" and key == "model" and text not in ("", "/", "pipe", "link", "papers"):
        value = '"config.toml"'  # any other name is asked of a network
    if key in ("rerank", "backend"):
        key = "device"
    named = (
        key if key.replace("_", "").isalnum() and key.isascii() else json.dumps(key.encode("utf-8", "ignore").decode())
    )
    body = "\n".join(line for line in _CONFIG.splitlines() if not line.startswith(f"{key} "))
    if table == "[sections]":
        body += '\n[[sections]]\ntitle = "Codes"\n' if key != "title" else "\n[[sections]]\n"
    elif f"[{table}]" not in body:
        body += f"\n[{table}]\n"
    head, mark, rest = body.partition(f"[{table}]") if table != "[sections]" else (body, "", "")
    return Case(verb, f"{head}{mark}\n{named} = {value}\n{rest}".encode())


def _folder(rng: random.Random) -> Case:
    """Links, pipes, folders and strangers' files where something is to be written."""
    places = [
        "README.md",
        "issue.md",
        "papers",
        "papers/.recommend-papers",
        "feeds",
        "feeds/all.json",
        "feeds/.recommend-feeds",
    ]
    places += [
        "site",
        "site/index.html",
        "site/papers",
        "site/.recommend-site",
        "site/assets",
        "index",
        "model",
        "config.toml",
    ]
    kind = rng.choice(("link out", "link loop", "pipe", "folder", "text", "bytes", "empty", "locked"))
    config = _CONFIG + '[feeds]\npath = "feeds"\n[issue]\npath = "issue.md"\n'
    verb = rng.choice((["digest"], ["site"], ["info"], ["search", "deep"], ["import", "papers.jsonl"], ["check"]))
    return Case(verb, config.encode(), lay=f"{kind}:{rng.choice(places)}")


def _terminal(rng: random.Random) -> Case:
    """Closed, full and foreign standard streams."""
    verb = rng.choice(
        (["search", "deep"], ["search", "deep", "--json"], ["info"], ["similar", "-"], ["digest"], ["--help"], ["init"])
    )
    streams = {number: rng.choice(("", "/dev/full", "/dev/null")) for number in (0, 1, 2) if rng.random() < 0.4}
    streams = {number: "/dev/null" if number == 0 and path == "/dev/full" else path for number, path in streams.items()}
    return Case(verb, rng.choice((_CONFIG.encode(), None)), streams=streams, encoding=rng.choice(_ENCODINGS))


def _template(base: Path) -> Path:
    """A folder with a small model, three papers stored, and a library of the user's own beside it."""
    template = base / "template"
    template.mkdir()
    small_model(template / "model")
    papers = [Paper(f"2407.1665{n}", f"Deep graph codes \u202e\x1b[31m {n}", "water " * n) for n in range(3)]
    (template / "papers.jsonl").write_text("\n".join(map(line_of, papers)) + "\n", "utf-8")
    (template / "config.toml").write_text(_CONFIG, "utf-8")
    (base / "outside").mkdir()
    (base / "outside" / "precious").write_text("mine", "utf-8")
    code, said = _child(template, Case(["import", "papers.jsonl"]), base, drop=False)
    if code:
        raise RuntimeError(f"the template cannot be made: {said}")
    return template


def _outcome(base: Path, template: Path, case: Case) -> tuple[int, str, bool]:
    """The exit code (-9: it hung), what was said, and whether anything beside the folder changed."""
    home = base / "home"
    shutil.copytree(template, home)
    shutil.copytree(template, home / "data" / "recommender")
    if case.config is None:
        (home / "config.toml").unlink()
    else:
        (home / "config.toml").write_bytes(case.config)
    os.mkfifo(home / "pipe")
    (home / "loop").symlink_to("loop")
    (home / "link").symlink_to(base / "outside")
    if case.lay:
        _lay(home, *case.lay.split(":"))
    if os.geteuid() == 0:
        for path in (home, base / "outside", *home.rglob("*"), *(base / "outside").rglob("*")):
            os.chown(path, _NOBODY, _NOBODY, follow_symlinks=False)
    try:
        code, said = _child(home, case, base)
    finally:
        for folder, _, _ in os.walk(home):
            Path(folder).chmod(0o755)
        shutil.rmtree(home)
    outside = {path.name: path.read_bytes() for path in (base / "outside").iterdir() if path.is_file()}
    harmed = outside != {"precious": b"mine"} and not any(
        "outside" in text for text in (*case.arguments, str(case.config))
    )
    shutil.rmtree(base / "outside")
    (base / "outside").mkdir()
    (base / "outside" / "precious").write_text("mine", "utf-8")
    return code, said, harmed


def _lay(home: Path, kind: str, place: str) -> None:
    path = home / place
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    makers: dict[str, Callable[[], object]] = {
        "link out": lambda: path.symlink_to(home.parent / "outside" / ("precious" if "." in path.name else "")),
        "link loop": lambda: path.symlink_to(path.name),
        "pipe": lambda: os.mkfifo(path),
        "folder": path.mkdir,
        "text": lambda: path.write_text("Mine\n", "utf-8"),
        "bytes": lambda: path.write_bytes(b"\xff\x00\xfe"),
        "empty": lambda: path.write_bytes(b""),
        "locked": lambda: _lock(path),
    }
    makers[kind]()


def _lock(path: Path) -> None:
    path.write_bytes(b"x")
    path.chmod(0)


def _child(home: Path, case: Case, base: Path, *, drop: bool = True) -> tuple[int, str]:
    """Run a case in a process of its own; -9 where it had to be killed."""
    said = base / "said"
    said.write_bytes(b"")
    said.chmod(0o666)
    pid = os.fork()
    if pid == 0:
        _become(home, case, said, drop=drop)
    end = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), said.read_text("utf-8", "replace")
        time.sleep(0.005)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return -9, said.read_text("utf-8", "replace")


def _become(home: Path, case: Case, said: Path, *, drop: bool) -> None:
    """In the child: be that command line, and end with its exit code."""
    code = _CRASHED
    log = os.open(said, os.O_WRONLY | os.O_APPEND)
    try:
        os.setsid()
        os.chdir(home)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000_000, 200_000_000))
        if drop and os.geteuid() == 0:
            os.setgid(_NOBODY)
            os.setuid(_NOBODY)
        os.environ |= {"HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "SOURCE_DATE_EPOCH": "1790000000"}
        _streams(case, log)
        main(case.arguments, prog_name="recommend")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BaseException:
        os.write(log, traceback.format_exc().encode("utf-8", "replace"))
    finally:
        os._exit(code)


def _streams(case: Case, log: int) -> None:
    """Standard streams as a shell would have started them: nothing to read, written to the log, or as the case says."""
    empty = os.open(os.devnull, os.O_RDONLY)
    for number, usual in ((0, empty), (1, log), (2, log)):
        path = case.streams.get(number)
        if path is None:
            os.dup2(usual, number)
        elif path:
            os.dup2(os.open(path, os.O_RDWR), number)
        else:
            os.close(number)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if case.streams.get(number) == "":
            setattr(sys, name, None)
        elif number == 0:
            sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0)), encoding=case.encoding)
        else:
            writer = io.BufferedWriter(io.FileIO(number, "w"))
            setattr(sys, name, io.TextIOWrapper(writer, encoding=case.encoding, line_buffering=number == 2))


def _faults(case: Case, code: int, said: str, harmed: bool) -> list[str]:
    found = ["harm"] if harmed else []
    if code == -9:
        return [*found, "hangs"]
    if code == _CRASHED or "Traceback" in said.replace("\0", ""):
        return [*found, "tracebacks"]
    if code in (1, 2) and not said.strip("\0\n ") and not {1, 2} & set(case.streams):
        return [*found, "silent failures"]
    return [*found, "wrong exit codes"] if code not in (0, 1, 2, 3) else found
