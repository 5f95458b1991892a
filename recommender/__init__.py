"""A semantic paper recommender for arXiv.

    sources  ->  store  ->  embed  ->  index  ->  rank  ->  digest
    (papers)    (truth)   (vectors)   (engine)  (sections)  (README, pages, feeds)

Each stage is a folder and a stranger to most others; `library` opens store, encoder and index together and is asked,
`verbs` fill and write, `fronts` stand on top. tests/test_layers.py holds who may import whom.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recommender.archives import url_of
    from recommender.config import load as load_config
    from recommender.library import Recommender
    from recommender.paper import Paper, Scored
    from recommender.store import Filter

__all__ = ["Filter", "Paper", "Recommender", "Scored", "load_config", "url_of"]

_HOMES = {
    "Filter": ("recommender.store", "Filter"),
    "Paper": ("recommender.paper", "Paper"),
    "Recommender": ("recommender.library", "Recommender"),
    "Scored": ("recommender.paper", "Scored"),
    "load_config": ("recommender.config", "load"),
    "url_of": ("recommender.archives", "url_of"),
}


def __getattr__(name: str) -> Any:
    """Load what is asked for when it is asked for: importing the package alone costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'recommender' has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)
