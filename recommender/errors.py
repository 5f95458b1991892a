"""Every failure the user can cause or meet, each with its remedy.

    RecommenderError
    ├── ConfigError        config.toml says something impossible
    ├── InputError         a file, id or text given by the user cannot be used
    ├── FetchError         a remote answered badly, or not at all
    ├── StoreError         papers.db cannot be opened, read or written
    │   └── LockedError    another process is writing
    ├── ModelError         an embedding model is missing, broken or not the index's
    ├── OutputError        standard output is full or closed
    └── DeliveryError      a message could not be handed over

The message of each is one line: what happened, to which value, what to do. The command line prints it and exits
with code 1; anything else that reaches the top is a bug and shows its traceback.
"""


class RecommenderError(Exception):
    """An expected failure; `str()` is the whole line for the user."""


class ConfigError(RecommenderError):
    """config.toml is missing, malformed, or holds a value that cannot be used."""


class InputError(RecommenderError):
    """Something the user handed over (file, id, date, text) cannot be used."""


class FetchError(RecommenderError):
    """A remote source failed its checks after every retry."""


class StoreError(RecommenderError):
    """The papers on disk cannot be read or written."""


class LockedError(StoreError):
    """Another live process holds the write lock."""


class ModelError(RecommenderError):
    """The embedding model cannot be loaded, or is not the one the index was made with."""


class OutputError(RecommenderError):
    """Standard output cannot be written."""


class DeliveryError(RecommenderError):
    """A message could not be handed over."""

    def __init__(self, reason: str, *, unsure: bool = False) -> None:
        super().__init__(reason)
        self.unsure = unsure
        "whether the other side may have taken it all the same"
