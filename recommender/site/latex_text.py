r"""LaTeX between formulas as plain text: `Erd\H{o}s`, `\textit{Kepler}`, `H\textsubscript{2}O`, `{\em not}`."""

import re
import unicodedata

_BODY = r"\{((?:[^{}]|\{[^{}]*\})*)\}"
"What a command is given, braces inside it once more at most."
_KEPT = re.compile(
    r"\\(?:text(?:it|bf|sc|tt|sf|rm|sl|up|md|normal|color\{[^{}]*\})?|emph|underline|uline|mbox|hbox|href\{[^{}]*\}|url)"
    rf"\s?{_BODY}"
)
"Commands whose last argument is what a reader sees."
_DECLARED = re.compile(r"\{\\(?:it|bf|em|sc|rm|tt|sl|sf|itshape|bfseries|scshape)\b(?:\{\})?\s*([^{}\\$]*)\}")
_BARE = re.compile(r"\\(?:it|bf|em|sc|rm|tt|sl|sf)\s+(?=\w)")
_SHIFTED = re.compile(rf"\\text(sub|super)script\s?{_BODY}")
_CHEMICAL = re.compile(r"\\(?:ce|ch)\{([A-Za-z][A-Za-z0-9()]*)\}")
_ACCENT = re.compile(
    r"""\{\\(?P<a>["'`^~=.])\s*\{?(?P<x>\\?[A-Za-z])\}?\}|"""
    r"""\\(?P<b>["'`^~=.])(?:\{(?P<y>\\?[A-Za-z])\}|(?P<z>\\[ij]\b(?:\{\})?\s?|[aeiouyAEIOUYnN]))"""
)
"Signs over a letter; before a bare one that has none, as in `Alzheimer\\'s`, it is no accent."
_NAMED = re.compile(
    r"""\{\\(?P<a>[HvcukrdbG])(?:\s+|\s*\{)(?P<x>\\?[A-Za-z])\}?\}|\\(?P<b>[HvcukrdbG])(?:\{(?P<y>\\?[A-Za-z])\}|\s(?P<z>[A-Za-z]))"""
)
_MARKS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307",
    '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "G": "\u030f", "d": "\u0323", "c": "\u0327",
    "k": "\u0328", "b": "\u0331",
}  # fmt: skip
_LETTERS = {
    "aa": "å", "AA": "Å", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ss": "ß",
    "i": "ı", "dj": "đ", "DJ": "Đ", "dh": "ð", "th": "þ", "deg": "°", "degree": "°", "textdegree": "°",
    "texttimes": "×", "textmu": "µ", "textpm": "±", "textendash": "–", "textemdash": "—", "textquoteright": "’",
    "textquoteleft": "‘", "textquotedblleft": "“", "textquotedblright": "”", "textellipsis": "…", "ldots": "…",
    "dots": "…", "textregistered": "®", "texttrademark": "™", "copyright": "©", "textasciitilde": "~",
    "textasciicircum": "^", "textunderscore": "_", "textgreater": ">", "textless": "<", "xspace": "",
}  # fmt: skip
_LETTER = re.compile(rf"\{{\\({'|'.join(_LETTERS)})\}}|\\({'|'.join(_LETTERS)})(?:\{{\}}|\s+(?=\w)|(?![A-Za-z]))")
_DOUBLE = re.compile(r"``([^`]{1,300}?)''")
_DEEPEST = 8
"Commands inside commands that are looked into."

RAISED = str.maketrans("0123456789+-=()−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾⁻")
LOWERED = str.maketrans("0123456789+-=()−", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎₋")
SMALL = frozenset("0123456789+-=()−")


def plain(text: str) -> str:
    """`text` without the commands of LaTeX that have a plain reading; all others stay."""
    text = _DOUBLE.sub("“\\1”", text)
    if "\\" not in text:
        return text
    text = _LETTER.sub(_letter, _NAMED.sub(_accented, _ACCENT.sub(_accented, text)))
    for _ in range(_DEEPEST):
        before = text
        text = _DECLARED.sub(r"\1", _CHEMICAL.sub(_chemical, _SHIFTED.sub(_shifted, _KEPT.sub(r"\1", text))))
        if text == before:
            break
    return re.sub(r"\\([%&#_$])", r"\1", re.sub(r"\\[,;:]", " ", _BARE.sub("", text)).replace("\\-", ""))


def _accented(found: re.Match[str]) -> str:
    mark, letter = found["a"] or found["b"], found["x"] or found["y"] or found["z"]
    whole = unicodedata.normalize("NFC", letter.strip("\\{} ") + _MARKS[mark])
    return whole if len(whole) == 1 else found[0]


def _letter(found: re.Match[str]) -> str:
    said = _LETTERS[found[1] or found[2]]
    kept = " " if not said.isalpha() and found[0].endswith(" ") else ""
    return said + kept


def _shifted(found: re.Match[str]) -> str:
    return shifted(found[2].strip(), "^" if found[1] == "super" else "_")


def shifted(said: str, sign: str) -> str:
    """What stands above (`^`) or below (`_`) the line: digits small, all else behind the sign."""
    if said and SMALL.issuperset(said):
        return said.translate(RAISED if sign == "^" else LOWERED)
    return sign + (said if len(said) == 1 or said.isalnum() else f"({said})")


def _chemical(found: re.Match[str]) -> str:
    return re.sub(r"(?<=[A-Za-z)])\d+", lambda digits: digits[0].translate(LOWERED), found[1])
