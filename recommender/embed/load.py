"""Which encoder a name or folder stands for."""

from pathlib import Path

from recommender.embed.base import Backend, Encoder
from recommender.embed.static import StaticEncoder, is_static
from recommender.errors import ModelError

DEFAULT_MODEL = Path(__file__).parent / "model"


def load(
    model: str,
    *,
    batch_size: int = 32,
    device: str = "auto",
    backend: Backend = "torch",
) -> Encoder:
    """Open `default`, a folder, or a sentence-transformers name; raises `ModelError`.

    Folders that hold a static model are run without torch whoever made them. The other arguments are for
    transformers.
    """
    folder = DEFAULT_MODEL if model == "default" else Path(model).expanduser()
    if is_static(folder):
        return StaticEncoder(folder)
    if model == "default":
        raise ModelError(f"{folder}: the packaged model is missing; install the package again")
    from recommender.embed.transformer import TransformerEncoder  # and with it torch: 7 s

    return TransformerEncoder(model, batch_size=batch_size, device=device, backend=backend)
