"""What could not be read and had to make room: kept as it was, beside papers.db, with the reason."""

import json
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from recommender.errors import StoreError


class SetAside:
    """A file `set-aside-DAY.jsonl`: one JSON object a record, with its table, the reason, and the values as they were.

    Bytes that are not UTF-8 text stand as `{"hex": ...}`.
    """

    def __init__(self, folder: Path, day: date) -> None:
        self.path = folder / f"set-aside-{day.isoformat()}.jsonl"
        self.count = 0
        self._lines: list[str] = []

    def add(self, table: str, values: Mapping[str, Any], reason: str) -> None:
        """Note down a record; `write` puts it into the file."""
        record = {"table": table, "reason": reason, "values": {name: _plain(value) for name, value in values.items()}}
        self._lines.append(json.dumps(record) + "\n")
        self.count += 1

    def write(self) -> None:
        """Append what was noted down, and wait until it is on the disk; raises `StoreError`."""
        if not self._lines:
            return
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.writelines(self._lines)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be written ({error.strerror}); nothing was changed") from error
        self._lines.clear()


def _plain(value: Any) -> Any:
    return {"hex": value.hex()} if isinstance(value, bytes) else value
