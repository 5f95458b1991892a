"""A semantic paper recommender for arXiv.

    sources  ->  store  ->  embed  ->  index  ->  rank  ->  digest
    (papers)    (truth)   (vectors)   (FAISS)   (sections)  (README, pages, feeds)

`pipeline` is the only module that knows every stage; `cli` is a thin shell around it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recommender.config import load as load_config
    from recommender.paper import Paper, Scored
    from recommender.pipeline import Recommender
    from recommender.store import Filter

__all__ = ["Filter", "Paper", "Recommender", "Scored", "load_config"]


def __getattr__(name: str) -> Any:
    """Load what is asked for when it is asked for: importing the package alone costs nothing."""
    if name == "load_config":
        from recommender.config import load

        return load
    if name in ("Paper", "Scored"):
        from recommender import paper

        return getattr(paper, name)
    if name == "Recommender":
        from recommender.pipeline import Recommender

        return Recommender
    if name == "Filter":
        from recommender.store import Filter

        return Filter
    raise AttributeError(f"module 'recommender' has no attribute {name!r}")
