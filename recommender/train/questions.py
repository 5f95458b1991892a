"""Questions that papers answer, made out of the papers themselves and of pairs that somebody wrote.

A part of a paper is taken for a question, and the rest of the paper for its answer: what is answered in other words
than it is asked teaches more than what a search for words would find too.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from recommender.embed import document_text
from recommender.errors import InputError
from recommender.paper import Paper
from recommender.text_files import read_bytes

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_TIES = re.compile(r"\b(?:for|in|on|with|of|by|from|via|using|towards|and|under)\b|[:,?]")
_FRAMES = (
    "papers about {}",
    "papers on {}",
    "research on {}",
    "recent advances in {}",
    "what is known about {}?",
    "how does {} work?",
    "which papers study {}?",
    "which works propose {}?",
    "what are methods for {}?",
    "show me work on {}",
    "are there any studies of {}?",
    "can you list research that deals with {}?",
    "could you suggest studies about {}?",
    "I am looking for articles on {}",
)
_FRAMED = 0.3
"Share of titles, phrases and headings that are put as somebody would ask."
_LONGEST_PHRASE = 5
_MOST_CHARACTERS = 260
_WITHOUT = 0.7
"Share of sentences whose answer is the paper without them."
SHARES: Mapping[str, float] = {"pair": 0.18, "question": 0.16, "title": 0.14, "phrase": 0.24, "sentence": 0.28}
"Of a step's questions, by kind."


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and what answers it."""

    text: str
    answer: str
    "the text of a paper, or what of it the question was not taken from"
    papers: tuple[int, ...]
    "all papers that are known to answer it, by their numbers; no others are"


@dataclass(frozen=True, slots=True)
class Pair:
    """A question that somebody wrote, and the papers that answer it."""

    text: str
    papers: tuple[int, ...]


def read(path: Path, papers: Sequence[Paper], bad: list[str]) -> Iterator[tuple[str, Paper]]:
    """Questions and papers of JSON lines with `query`, `id`, and `title` and `abstract` of a paper not among `papers`.

    Lines that hold none are told in `bad`; raises `InputError` where the file cannot be read.
    """
    known = {paper.id: paper for paper in papers}
    try:
        lines = read_bytes(path).decode("utf-8").splitlines()
    except (FileNotFoundError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: is no file of JSON lines; name another") from error
    for number, line in enumerate(lines, 1):
        try:
            pair = json.loads(line)
            text, named = str(pair["query"]).strip(), str(pair["id"])
            paper = known.get(named) or Paper(named, str(pair["title"]), str(pair["abstract"]))
        except (ValueError, TypeError, KeyError, RecursionError):
            bad.append(f"{path}: line {number} is no pair of a question and a paper")
            continue
        if text:
            yield text, paper


class Questions:
    """What is asked of papers: drawn anew for each step, the same for the same step."""

    def __init__(self, papers: Sequence[Paper], pairs: Sequence[Pair]) -> None:
        self._papers, self._pairs = papers, pairs
        self._asking = [(text, number) for number, paper in enumerate(papers) if (text := _question_in(paper))]
        self._kinds: dict[str, Callable[[Random], Asked]] = {"title": self._title, "phrase": self._phrase}
        self._kinds["sentence"] = self._sentence
        if pairs:
            self._kinds["pair"] = self._pair
        if self._asking:
            self._kinds["question"] = self._question

    def draw(self, number: int, seed: int) -> list[Asked]:
        """`number` questions of all kinds."""
        random = Random(seed)
        kinds = random.choices(list(self._kinds), [SHARES[kind] for kind in self._kinds], k=number)
        return [self._kinds[kind](random) for kind in kinds]

    def _pair(self, random: Random) -> Asked:
        pair = random.choice(self._pairs)
        answer = document_text(self._papers[random.choice(pair.papers)])
        return Asked(_framed(pair.text, random), answer, pair.papers)

    def _question(self, random: Random) -> Asked:
        text, number = random.choice(self._asking)
        return self._taken_from(number, text, random)

    def _title(self, random: Random) -> Asked:
        number = random.randrange(len(self._papers))
        paper = self._papers[number]
        answer = paper.abstract if random.random() < _WITHOUT else document_text(paper)
        return Asked(_framed(paper.title, random), answer, (number,))

    def _phrase(self, random: Random) -> Asked:
        """A part of a title, or two parts that stand beside each other."""
        number = random.randrange(len(self._papers))
        paper = self._papers[number]
        parts = [part.strip() for part in _TIES.split(paper.title)]
        parts = [part for part in parts if len(part) > 4 and len(part.split()) <= _LONGEST_PHRASE] or [paper.title]
        first = random.randrange(len(parts))
        text = " ".join(parts[first : first + (2 if random.random() < 0.35 else 1)])
        answer = paper.abstract if random.random() < 0.5 else document_text(paper)
        return Asked(_framed(text, random), answer, (number,))

    def _sentence(self, random: Random) -> Asked:
        number = random.randrange(len(self._papers))
        paper = self._papers[number]
        sentences = [one for one in _SENTENCE.split(paper.abstract) if 30 < len(one) < _MOST_CHARACTERS]
        if not sentences:
            return self._title(random)
        place = random.choices((0, -1, random.randrange(len(sentences))), (4, 4, 2))[0]
        return self._taken_from(number, sentences[place], random)

    def _taken_from(self, number: int, text: str, random: Random) -> Asked:
        whole = document_text(self._papers[number])
        return Asked(text, whole.replace(text, " ") if random.random() < _WITHOUT else whole, (number,))


def _question_in(paper: Paper) -> str:
    """A question that a title or an abstract asks; empty where there is none."""
    if "?" in paper.title:
        return paper.title.split("?")[0].split(": ")[-1] + "?"
    if "?" not in paper.abstract:
        return ""
    asked = (one for one in _SENTENCE.split(paper.abstract) if one.endswith("?") and 25 < len(one) < 200)
    return next(asked, "")


def _framed(text: str, random: Random) -> str:
    if text.endswith("?") or random.random() >= _FRAMED:
        return text[:_MOST_CHARACTERS]
    return random.choice(_FRAMES).format(text[0].lower() + text[1:_MOST_CHARACTERS].rstrip("."))


def first_sentence(paper: Paper) -> tuple[str, str]:
    """Part an abstract into its first sentence and the rest; the rest is empty where there is only one."""
    first, *rest = _SENTENCE.split(paper.abstract)
    return first, " ".join(rest)
