"""How a key of config.toml is declared: its default, its check and its documentation in one place."""

from dataclasses import field
from typing import Any

from recommender.config.checks import Check


def key(default: Any, doc: str, check: Check = lambda _: True, wants: str = "", *, secret: bool = False) -> Any:
    """A documented key; `wants` says in words what `check` accepts. No error shows the value of a `secret` one."""
    return field(default=default, metadata={"doc": doc, "check": check, "wants": wants, "secret": secret})
