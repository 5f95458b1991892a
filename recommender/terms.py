r"""The words of a text as they are looked up: folded, so that `Erdős`, `erdos` and `ERDŐS` are one, and LaTeX read.

Titles, names, abstracts and queries all pass here, so that what one writes as `$\alpha$-RuCl$_3$` another finds as
`alpha-RuCl3`.
"""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_LATEX = re.compile(r"[\\${}]")
_ACCENT = re.compile(r"\\(?:[`'\"^~=.]\s*|[uvHcdbrk](?=\s|\{))\{?\\?\s*(\w)\}?")
_STYLE = re.compile(
    r"\\(?:math(?:rm|bf|it|sf|tt|cal|bb|frak|scr|sf)|text(?:rm|bf|it|sf|tt|sc)?|emph|rm|bf|it|sf|tt|cal|left|right|bar"
    r"|hat|tilde|vec|dot|overline|operatorname|ensuremath|mbox|hbox|ce)(?![a-zA-Z])\s*"
)
_COMMAND = re.compile(r"\\([a-zA-Z]+)")
_JOINED = re.compile(r"[${}_^]|\\[,;:!]")
_APOSTROPHE = re.compile(r"['\u2019]s\b|(?<=\w)['\u2019](?=\w)", re.IGNORECASE)
"of a possessive, with its s; or inside a word or name, `O'Brien`"
_MARKS = re.compile("[\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]+")
"combining marks, as `unicodedata.combining` knows them in the scripts that names are written in"
_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau upsilon"
    " phi chi psi omega"
)
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ħ": "h"}
    | {chr(0x3B1 + place): f" {name} " for place, name in enumerate(re.findall("[a-z]+", _GREEK))}
)
"letters that Unicode does not take apart into a base and a mark, and Greek ones as LaTeX calls them"


def terms(text: str) -> list[str]:
    """Split a text into its folded words: letters and digits, lower case, without diacritics, in order."""
    if _LATEX.search(text):
        text = _readable(text)
    if "'" in text or "\u2019" in text:
        text = _APOSTROPHE.sub("", text)
    return _WORD.findall(text.lower() if text.isascii() else _folded(text))


def _folded(text: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold())).translate(_LETTERS)


def _readable(text: str) -> str:
    r"""LaTeX without its signs: `RuCl$_3$` is `RuCl3`, `\alpha` alpha, `\"u` u."""
    text = _STYLE.sub(" ", _ACCENT.sub(r"\1", text)) if "\\" in text else text
    return _JOINED.sub("", _COMMAND.sub(r" \1 ", text))
