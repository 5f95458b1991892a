"""The specification; `from tests.x import y` works from the repository root."""
