"""What a value in config.toml may be: each check with the words that tell a user what it accepts."""

import os
import re
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from recommender import archives
from recommender.errors import InputError

Check = Callable[[Any], bool]
"Whether a value of the right type can be used."

NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
_NOT_IN_ADDRESSES = frozenset(' "<>\\^`{|}')
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
DEVICE = re.compile(r"[a-z]{1,20}(:[0-9]{1,3})?")
WANTS_HOME = "empty, or an https:// or http:// address"
WANTS_ADDRESS = "an https:// address (http:// only for this machine)"
WANTS_SERVICE = f"{WANTS_ADDRESS} with a path such as /api, and nothing behind it"
WANTS_COLUMNS = "at least one column, `title` among them, none twice"
WANTS_CATEGORIES = "categories of arXiv"
WANTS_FOLDER = "a folder, other than / and short enough for a file system"
WANTS_FILE = "a file, its path short enough for a file system"
WANTS_MODEL = "`default`, or the name or folder of a model"
WANTS_TEXT = "a text that is not empty"
WANTS_SECRET = (
    "env:NAME or file:PATH: a secret stands in the environment or in a file of mode 0600, never in config.toml"
)
WANTS_HOST = "empty, or a server's name such as smtp.example.org"
WANTS_MAILBOXES = "e-mail addresses in ASCII such as me@example.org, or env:NAME or file:PATH where they stand"
MANY = 100_000
ID_LIST = "a list of arXiv ids"
MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,20}")
_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]{0,199}|file:[^\x00-\x1f\x7f]{1,900}")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}")
_LONGEST_PATH, _LONGEST_NAME = 1000, 255
"Bytes of a path and of each name in it; file systems refuse longer ones."
_LONGEST_ADDRESS = 2000
_MOST_MAILBOXES = 50


def between(least: float, most: float) -> tuple[Check, str]:
    """Accept a number between these two, or none where none is given."""
    return lambda number: number is None or least <= number <= most, f"{least} to {most}"


def up_to(most: float) -> tuple[Check, str]:
    """Accept a number above 0 that is not larger than this."""
    return lambda number: 0 < number <= most, f"a number above 0, {most} at most"


def are_ids(texts: tuple[str, ...]) -> bool:
    """Accept ids and addresses of papers."""
    try:
        return all(archives.parse(text) for text in texts)
    except InputError:
        return False


def are_categories(names: tuple[str, ...]) -> bool:
    """Accept arXiv's categories; raises `InputError` that names near ones."""
    return all(archives.check_category(name) for name in names)


def address(text: str) -> bool:
    """Accept https anywhere, plain http only to this machine."""
    try:
        parts = urllib.parse.urlsplit(text)
        sound = parts.port != 0 and text.isprintable() and _NOT_IN_ADDRESSES.isdisjoint(text)
    except ValueError:  # half an IPv6 address, a port that is no number
        return False
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    secure = parts.scheme == "https" or (parts.scheme == "http" and local)
    return sound and secure and bool(parts.hostname) and len(text) <= _LONGEST_ADDRESS


def service(text: str) -> bool:
    """Accept the address of a service, to which parameters are added."""
    if not address(text):
        return False
    parts = urllib.parse.urlsplit(text)
    return text.isascii() and len(parts.path) > 1 and not set("?#") & set(text)


def address_or_empty(text: str) -> bool:
    """Accept an address, or nothing."""
    return not text or address(text)


def page_or_empty(text: str) -> bool:
    """Accept the address of any web page."""
    return not text or address(re.sub("^http:", "https:", text))


def are_columns(names: tuple[str, ...]) -> bool:
    """Accept what makes a table."""
    return "title" in names and len(set(names)) == len(names)


def folder(text: str) -> bool:
    """Accept a path that a file system takes, other than its root."""
    try:
        path = Path(text).expanduser()
    except RuntimeError:  # ~nobody
        return False
    names = [len(os.fsencode(name)) for name in path.parts]
    return (
        bool(text.strip())
        and not _CONTROL.search(text)
        and max(names, default=0) <= _LONGEST_NAME
        and sum(names) <= _LONGEST_PATH
        and os.path.normpath(path) not in (path.anchor, os.sep)
    )


def folder_or_empty(text: str) -> bool:
    """Accept a folder, or nothing."""
    return not text or folder(text)


def file(text: str) -> bool:
    """Accept a path that names a file rather than a folder."""
    return folder(text) and text[-1] not in "/\\" and Path(text).name not in ("", "..")


def file_or_empty(text: str) -> bool:
    """Accept a file, or nothing."""
    return not text or file(text)


def text(text: str) -> bool:
    """Accept more than blanks."""
    return bool(text.strip())


def is_reference(text: str) -> bool:
    """Accept where something stands that config.toml does not tell: `env:NAME` or `file:PATH`."""
    return _REFERENCE.fullmatch(text) is not None


def reference_or_empty(text: str) -> bool:
    """Accept where a secret stands, or nothing."""
    return not text or is_reference(text)


def host_or_empty(text: str) -> bool:
    """Accept the name or number of a server, or nothing."""
    return not text or _HOST.fullmatch(text) is not None


def is_mailbox(text: str) -> bool:
    """Accept one e-mail address, bare."""
    return MAILBOX.fullmatch(text) is not None and len(text) <= _LONGEST_NAME


def mailboxes(texts: tuple[str, ...]) -> bool:
    """Accept e-mail addresses, or where they stand."""
    return len(texts) <= _MOST_MAILBOXES and all(is_mailbox(text) or is_reference(text) for text in texts)


def mailbox_or_empty(text: str) -> bool:
    """Accept an e-mail address, or where it stands, or nothing."""
    return not text or mailboxes((text,))
