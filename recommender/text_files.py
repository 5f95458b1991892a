"""Text files that are never left half written."""

import os
import tempfile
from pathlib import Path

from recommender.errors import InputError


def read_text(path: Path) -> str:
    """The file's text with its line ends as they are, empty where there is no file; raises `InputError`."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8 text; convert it, or name another file") from None


def write_text(path: Path, text: str) -> bool:
    """Replace the file by `text` in one step, keeping its permissions; False, and nothing touched, if it holds it.

    A symbolic link stays one: what it leads to is replaced. Raises `InputError`.
    """
    path = path.resolve()
    data = text.encode("utf-8")
    try:
        if path.is_file() and path.read_bytes() == data:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        beside = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
