r"""Words as a static model counts them: split as BERT's tokenizer splits, and a word's repetitions soon count no more.

A mean over all tokens is ruled by whatever an abstract repeats: eight times `video` weigh as much as eight other
words. Search engines let a term's frequency saturate (Robertson and Walker 1994), and so do these models: what comes a
fourth time in a text is left out. The rule is part of the tokenizer, as a normalizer that drops repeated words, so that
whatever library runs the model obeys it; here the same is done by counting: 0.08 ms an abstract instead of 3.
"""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

MOST = 3
"How often a word counts in one text; the card in model/ compares."
_SIGN = r"!-/:-@\[-`{-~"
"ASCII punctuation, which is a word of its own wherever it stands."
_PART = re.compile(rf"[^ {_SIGN}]+|[{_SIGN}]")

Normalizer = Callable[[str], str]


def occurrences(text: str, normalize: Normalizer) -> Counter[str]:
    """Count each word of a text; `normalize` is BERT's, needed only beyond printable ASCII."""
    return Counter(_PART.findall(text.lower() if text.isascii() and text.isprintable() else normalize(text)))


def repetitions(most: int) -> str:
    """A regular expression (Oniguruma's) for words of a normalized text that come `most` times again behind it.

    Words are runs of ASCII letters and digits between blanks or signs, or single signs; `capped` does the same.
    """
    begin, end = rf"(?<![^ {_SIGN}])", rf"(?![^ {_SIGN}])"
    word = rf"{begin}([a-z0-9]+){end}(?=(?:.*?{begin}\1{end}){{{most}}})"
    return rf"{word}|([{_SIGN}])(?=(?:.*?\2){{{most}}})"


def capped(word: str, times: int, most: int) -> int:
    """Cap the occurrences of a word in one text at `most`; 0: no cap, as for words beyond ASCII."""
    return min(times, most) if most and word.isascii() else times


def splitting(tokenizer: dict[str, Any]) -> tuple[dict[str, Any], int] | None:
    """Read BERT's normalizer and the cap on occurrences from tokenizer.json; None: words are split otherwise."""
    normalizer = tokenizer.get("normalizer") or {}
    most = 0
    if normalizer.get("type") == "Sequence" and len(normalizer["normalizers"]) == 2:
        normalizer, drop = normalizer["normalizers"]
        pattern = str((drop.get("pattern") or {}).get("Regex"))
        found = re.search(r"\{(\d+)\}\)$", pattern)
        if found is None or pattern != repetitions(int(found[1])) or drop.get("content") != " ":
            return None
        most = int(found[1])
    by_words = (
        normalizer.get("type") == "BertNormalizer"
        and normalizer.get("lowercase")
        and (tokenizer.get("pre_tokenizer") or {}).get("type") == "BertPreTokenizer"
        and tokenizer["model"].get("type") == "WordPiece"
    )
    return (normalizer, most) if by_words else None
