"""Which encoder a name or folder stands for."""

from pathlib import Path

from recommender.embed.base import Backend, Encoder
from recommender.embed.static import StaticEncoder, is_static
from recommender.errors import ModelError

DEFAULT_MODEL = Path(__file__).parent / "model"


def folder_of(model: str) -> Path:
    """The folder that a model's name stands for, if it stands for one; raises `ModelError`."""
    if model == "default":
        return DEFAULT_MODEL
    try:
        return Path(model).expanduser()
    except RuntimeError as error:
        raise ModelError(f"{model}: names the home of nobody; name the folder of a model") from error


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
    folder = folder_of(model)
    if folder.is_file():
        raise ModelError(f"{folder}: is a file; name the folder of a model, or a sentence-transformers name")
    if is_static(folder):
        return StaticEncoder(folder)
    if model == "default":
        raise ModelError(f"{folder}: the packaged model is missing; install the package again")
    from recommender.embed.transformer import TransformerEncoder  # and with it torch: 7 s

    return TransformerEncoder(model, batch_size=batch_size, device=device, backend=backend)
