"""Whether a paper says of itself that it is withdrawn or retracted; archives have no flag for it.

A comment is the authors' word about the paper, so that any sentence there counts whose subject can be the paper. An
abstract is about the world, where banknotes are withdrawn and claims retracted: there only a sentence about "this
paper", or one that the abstract begins with, counts.

Read against all of the 530 comments with one of the words in a sample of 366,000 papers: of 508 that say so 504 are
found, and 4 of those found say something else.
"""

import re

_COMMENT_READ = 2_000
_ABSTRACT_READ = 300
"Characters that are looked at."

_THING = (
    r"(?:paper|submission|article|manuscript|preprint|pre-print|e-?print|work|version|note|thesis|letter|draft|document|report"
    r"|study|posting|contribution|survey|chapter)s?"
)
_GONE = (
    r"(?:withdrawn|retracted)\b"
    r"(?!\s+(?:before|on\s+\w+\s+\d|on\s+\d))"
    r"(?!\s+(?:\w+\s+){0,2}from\s+(?!(?:(?:the|this)\s+)?(?:ar[xX]iv|archive|e-?print|preprint|server|public|consideration\s+by\s+the)))"
)
_IS = r"(?:has\s+been|have\s+been|had\s+been|has|was|were|is|are|be|being|been)"
_ADVERBS = r"(?:(?!not\b|never\b)[\w-]+\s+){0,4}?"
_BARE = rf"(?:temporarily|now|currently|formally|provisionally|hereby|being|{_THING})"

_COMMENT = re.compile(
    # the paper has been, will be, needs to be, ... withdrawn
    rf"\b(?:{_THING}|it|they|this)\s+(?:(?!not\b|never\b|nor\b|from\b|results?\b)[^\s.;:]+\s+){{0,6}}?{_IS}\s+{_ADVERBS}{_GONE}(?!,?\s+(?:and|but)\s+(?:is\s+)?now)"
    # Withdrawn; 12 pages, withdrawn; v2: paper withdrawn
    rf"|(?:\A|[.;:,()\[/!?-]|\bpages|\bfigures?|\btables?|\bauthor|\badmin\snote:?|\bcomments?:?|\bv\d+)\W*(?:{_BARE}\s+){{0,3}}{_GONE}"
    rf"(?!\s+(?:{_THING}|arxiv))"
    # we withdraw, are withdrawing, have decided to withdraw, request the withdrawal of the paper
    r"|\b(?:we|i|authors?|team|us|to|must|will|please|and|therefore|is|are|am|be)\s+(?:(?!not\b|never\b)\w+\s+){0,3}?(?:withdraws?|retracts?|withdrawing|retracting|withdrew|withdrawn|retracted)"
    rf"\s+(?:(?!from\b)[\w$-]+\s+){{0,4}}?(?:{_THING}|it|arxiv)\b(?!\s+(?:from\s+(?!ar[xX]iv)|after\s+accept))"
    r"|\b(?:decid\w+|wish\w*|want\w*|like|request\w*|apply|need\w*|ask\w*|have|responsible|going|insists?|intend|hope|choose|prefer|agreed?)\s+(?:to|for)\s+"
    rf"(?:\w+\s+)?(?:withdraw|retract|withdrawal)\b(?!\s+(?:\w+\s+){{0,3}}from\s+(?!(?:the\s+)?ar[xX]iv))"
    r"|\brequest\w*\s+(?:\w+\s+){0,3}?(?:withdrawal|retraction)\b"
    rf"|\bwithdrawal\s+of\s+(?:this|the|our|my)\s+(?:\w+\s+)?{_THING}\b|\b(?:please\s+withdraw|needs?\s+to\s+be\s+withdrawn)\b"
    r"|(?<!not\s)\bwithdrawn\s+by\s+(?:the\s+)?(?:authors?|submitter|arxiv)\b|\breason\s+for\s+withdrawal\b"
    r"|\A\W*(?:withdraw(?:al)?|withdrew)\b(?!\s+from)",
    re.IGNORECASE,
)
_ABSTRACT = re.compile(
    rf"\b(?:this|our|the\s+present)\s+(?:\w+\s+){{0,2}}?{_THING}\s+{_IS}\s+{_ADVERBS}{_GONE}"
    rf"|\A\W*(?:the\s+|this\s+)?(?:paper|submission|article|manuscript|preprint|e-print)\s+(?:{_IS}\s+{_ADVERBS})?{_GONE}"
    rf"|\A\W*(?:(?:temporarily|now)\s+)?{_GONE}(?=\s*(?:[.;:,\])]|by\b|due\b|because\b|since\b|as\b|\Z))"
    rf"|\b(?:we|i|authors?)\s+(?:(?!not\b|never\b)\w+\s+){{0,4}}?(?:withdraw|retract|withdrawing|retracting|withdrawn|retracted)\s+(?:this|our|my|the\s+present)\s+(?:\w+\s+){{0,2}}?{_THING}\b",
    re.IGNORECASE,
)
_TITLE = re.compile(r"\A\W*(?:withdrawn|retracted)\s*(?:[\]:)]|-\s)", re.IGNORECASE)


def is_withdrawn(title: str, abstract: str, comment: str) -> bool:
    """Whether the texts of a paper's newest version say that it is withdrawn or retracted."""
    return bool(
        _COMMENT.search(comment[:_COMMENT_READ])
        or _ABSTRACT.search(abstract[:_ABSTRACT_READ])
        or _TITLE.match(title[:_ABSTRACT_READ])
    )
