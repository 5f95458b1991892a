"""What the search page computes with: the static model's token vectors, and what relevance is calibrated against.

Three bits a component: over 618 literature questions the page reaches an nDCG@10 of .445, the exact model .455.
The words that the covered papers use come first, in a file of 1.4 MB over the wire; all others are loaded when a
question holds one of them. bench/page_search.py measures sizes, ranking and times.
"""

import json
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import safetensors.numpy

from recommender.embed import StaticEncoder, words
from recommender.paper import Paper
from recommender.rank import calibration, wording
from recommender.site import packed
from recommender.vectors import FloatArray

BITS = 3
"Of a token's components."
_SAMPLE = 1024
"Papers of all arXiv that the page calibrates against: half of those that `recommend search` does."
_SAMPLE_BITS = 4
_LEAST_PAIR = 3
"How often two words must stand side by side in arXiv's titles for the page to know it."


def model_scripts(folder: Path, papers: Sequence[Paper], pages: int) -> dict[str, str]:
    """The model in two files: `model.js` with the words that the papers use, `rest.js` with all others.

    Of the first `pages` papers the abstracts count too, of the others the titles.
    """
    (table,) = safetensors.numpy.load_file(folder / "model.safetensors").values()
    tokenizer = json.loads((folder / "tokenizer.json").read_bytes())
    _, most = words.splitting(tokenizer) or ({}, 0)
    names = [""] * len(table)
    for name, number in tokenizer["model"]["vocab"].items():
        names[number] = name
    kept = used(StaticEncoder(folder), papers, pages)
    first = np.zeros(len(table), bool)
    first[kept] = True
    table = table.astype(np.float32)
    return {
        "model.js": packed.script(
            "model",
            {
                "most": most,
                "tokens": "\n".join(names),
                "kept": packed.text(np.packbits(first)),
                **packed.vectors(table[first], BITS),
            },
        ),
        "rest.js": packed.script("rest", packed.vectors(table[~first], BITS)),
    }


def used(encoder: StaticEncoder, papers: Sequence[Paper], pages: int) -> list[int]:
    """Numbers of the tokens that papers use: in any title, or in two abstracts of the first `pages`."""
    titles = encoder.tokens(" ".join(paper.title for paper in papers))
    abstracts = Counter(token for paper in papers[:pages] for token in encoder.tokens(paper.abstract))
    return sorted(titles | {token for token, count in abstracts.items() if count > 1})


def scale_script(folder: Path) -> str:
    """What relevance is calibrated against: a sample of arXiv as the model sees it, and how its titles are worded."""
    background = StaticEncoder(folder).background
    sample: FloatArray = background[:: max(len(background) // _SAMPLE, 1)][:_SAMPLE]
    titles = [line.split() for line in wording.TITLES.read_text("utf-8").splitlines()]
    single = Counter(word for line in titles for word in line)
    pairs = Counter(pair for line in titles for pair in pairwise(line))
    return packed.script(
        "scale",
        {
            **packed.vectors(sample, _SAMPLE_BITS),
            **calibration.parameters(),
            "stop": " ".join(sorted(wording.STOP)),
            "words": _by_count(single),
            "pairs": _by_count(Counter({" ".join(p): n for p, n in pairs.items() if n >= _LEAST_PAIR})),
        },
    )


def _by_count(counts: Counter[str]) -> dict[int, str]:
    """What occurs how often: the count -> what occurs so often, in lines."""
    found: dict[int, list[str]] = {}
    for what, count in sorted(counts.items()):
        found.setdefault(count, []).append(what)
    return {count: "\n".join(found[count]) for count in sorted(found)}
