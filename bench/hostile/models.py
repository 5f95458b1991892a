"""Model folders that are damaged: is each used, or refused in one line?"""

import json
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from recommender import embed
from recommender.errors import RecommenderError
from recommender.paper import Paper
from recommender.train import folder as training

_FILES = ("modules.json", "tokenizer.json", "model.safetensors", "background.npy")
_VALUES: tuple[Any, ...] = (None, 0, -1, 2**40, 1e300, "", "x", [], {}, [[]], True, "\ud800", ["a", 1])


def small_model(folder: Path) -> Path:
    """Make a static model of five words and three dimensions."""
    folder.mkdir()
    (folder / "modules.json").write_text('[{"type": "x.StaticEmbedding"}]', "utf-8")
    vocabulary = {word: number for number, word in enumerate(["[UNK]", "deep", "graph", "codes", "water"])}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = BertNormalizer(lowercase=True), BertPreTokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    save_file({"embedding.weight": np.eye(5, 3, dtype=np.float32) + 1}, folder / "model.safetensors")
    np.save(folder / "background.npy", np.eye(3, dtype=np.float32))
    return folder


def run(times: int = 50, seed: int = 0) -> None:
    """Damage so many folders, each in one place, and print what became of them."""
    began, outcomes = time.monotonic(), Counter[str]()
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        whole = small_model(Path(name) / "whole")
        for number in range(times):
            folder = Path(name) / "model"
            shutil.copytree(whole, folder)
            what = rng.choice((_cut, _flip, _swap, _drop, _json, _json, _array, _table))(folder, rng)
            outcome, detail = _outcome(folder)
            outcomes[outcome] += 1
            if outcome not in ("used", "refused"):
                print(f"{number}: {outcome}: {what}: {detail}")
            shutil.rmtree(folder)
    print(f"{times} folders in {time.monotonic() - began:.0f} s; {dict(outcomes)}")
    print(f"tracebacks {outcomes['traceback']}, messages of several lines {outcomes['several lines']}")


def _outcome(folder: Path) -> tuple[str, str]:
    """`used`, `refused`, or what should not be."""
    uses: tuple[Callable[[], object], ...] = (
        lambda: embed.is_static(folder),
        lambda: _encode(folder) if embed.is_static(folder) else None,
        lambda: training.read(folder),
    )
    outcome = "used"
    for use in uses:
        try:
            use()
        except RecommenderError as error:
            outcome = "refused"
            if "\n" in str(error) or len(str(error)) > 1000:
                return "several lines", str(error)
        except BaseException as error:
            return "traceback", f"{type(error).__name__}: {error}"
    return outcome, ""


def _encode(folder: Path) -> None:
    encoder = embed.load(str(folder))
    encoder.encode_documents([Paper("2407.16658", "Deep graph", "codes of water")] * 70)
    encoder.encode_queries(["deep water", "graph codes of other words"])


def _cut(folder: Path, rng: random.Random) -> str:
    file = folder / rng.choice(_FILES)
    data = file.read_bytes()
    file.write_bytes(data[: rng.randrange(len(data))])
    return f"{file.name} cut short"


def _flip(folder: Path, rng: random.Random) -> str:
    file = folder / rng.choice(_FILES)
    data = bytearray(file.read_bytes())
    for _ in range(rng.choice((1, 3, 30))):
        data[rng.randrange(len(data))] = rng.randrange(256)
    file.write_bytes(data)
    return f"{file.name} with other bytes"


def _swap(folder: Path, rng: random.Random) -> str:
    first, second = rng.sample(_FILES, 2)
    shutil.copy(folder / first, folder / second)
    return f"{second} is {first}"


def _drop(folder: Path, rng: random.Random) -> str:
    file = folder / rng.choice(_FILES)
    file.unlink()
    if rng.random() < 0.5:
        file.mkdir()
    return f"{file.name} missing or a folder"


def _json(folder: Path, rng: random.Random) -> str:
    """One value anywhere in a JSON file becomes another, or goes."""
    file = folder / rng.choice(("modules.json", "tokenizer.json"))
    whole = json.loads(file.read_text("utf-8"))
    places: list[tuple[Any, Any]] = [([whole], 0)]
    for container, key in places:
        inner = container[key]
        places += [
            (inner, k)
            for k in (inner if isinstance(inner, dict) else range(len(inner) if isinstance(inner, list) else 0))
        ]
    container, key = rng.choice(places)
    value = rng.choice(_VALUES)
    if isinstance(container, dict) and rng.random() < 0.2:
        del container[key]
    else:
        container[key] = value
    file.write_text(json.dumps(places[0][0][0]), "utf-8")
    return f"{file.name}: {key!r} became {value!r}"


def _array(folder: Path, rng: random.Random) -> str:
    array = rng.choice(
        (
            np.ones((2, 4), np.float32),
            np.ones(3, np.float32),
            np.ones((2, 3), np.int8),
            np.zeros((2, 3), np.float32),
            np.full((2, 3), np.nan, np.float16),
            np.ones((0, 3), np.float32),
            np.array([["a", "b", "c"]]),
            np.array([[{}, {}, {}]], dtype=object),
            np.ones((2, 3), np.complex64),
            np.float32(1),
        )
    )
    np.save(folder / "background.npy", array, allow_pickle=True)
    return f"background.npy of shape {np.shape(array)}"


def _table(folder: Path, rng: random.Random) -> str:
    tables = rng.choice(
        (
            {},
            {"a": np.ones((3, 3), np.float32)},
            {"a": np.ones(5, np.float32)},
            {"a": np.ones((5, 0), np.float32)},
            {"a": np.ones((5, 3), np.int64)},
            {"a": np.ones((5, 3), np.bool_)},
            {"a": np.full((5, 3), np.inf, np.float32)},
            {"a": np.full((5, 3), np.nan, np.float16)},
            {"a": np.full((5, 3), 1e38, np.float32)},
            {"a": np.zeros((5, 3), np.float64)},
            {"a": np.ones((5, 3, 1), np.float32)},
            {"a": np.ones((5, 3), np.float32), "b": np.ones((5, 3), np.float32)},
        )
    )
    save_file(tables, folder / "model.safetensors")
    return f"model.safetensors of {[(one.shape, str(one.dtype)) for one in tables.values()]}"
