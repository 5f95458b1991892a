"""Text to unit vectors: what text a paper becomes, and the encoders that embed it."""

from recommender.embed.base import Backend, Encoder, document_text, in_batches
from recommender.embed.load import DEFAULT_MODEL, folder_of, load
from recommender.embed.static import StaticEncoder, is_static

__all__ = [
    "DEFAULT_MODEL",
    "Backend",
    "Encoder",
    "StaticEncoder",
    "document_text",
    "folder_of",
    "in_batches",
    "is_static",
    "load",
]
