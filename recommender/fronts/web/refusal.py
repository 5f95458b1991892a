"""A request that is not answered, and what every failure answers: what is wrong, and what to do."""

from recommender.errors import ConfigError, FetchError, InputError, LockedError, RecommenderError, StoreError
from recommender.finding.found import NotStoredError


class Refusal(Exception):  # noqa: N818 - an answer, not an error of ours
    """A request that is not answered: status, what is wrong with it, what to do."""

    def __init__(self, status: int, error: str, remedy: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(error)
        self.status, self.remedy, self.headers = status, remedy, headers

    @property
    def record(self) -> dict[str, str]:
        """The body of the answer."""
        return {"error": str(self), "remedy": self.remedy}


def of(error: RecommenderError) -> Refusal:
    """An expected failure of the library as an answer: its line is what happened, then what to do."""
    what, _, remedy = str(error).partition("; ")
    if isinstance(error, LockedError):
        return Refusal(503, what, remedy or "ask again when it has ended", (b"retry-after", b"5"))
    if isinstance(error, NotStoredError):
        return Refusal(404, what, remedy)
    if isinstance(error, InputError | ConfigError):
        return Refusal(400, what, remedy)
    if isinstance(error, FetchError):
        return Refusal(502, what, remedy)
    return Refusal(503 if isinstance(error, StoreError) else 500, what, remedy)
