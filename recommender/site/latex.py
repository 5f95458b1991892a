r"""LaTeX in titles and abstracts as plain text: `$0\nu\beta\beta$ of $^{130}$Te` reads `0νββ of ¹³⁰Te`.

Only what has a plain reading is changed: a formula with anything else in it stays as its authors wrote it.
"""

import re
import unicodedata

_FORMULA = re.compile(r"\$(?!\s)([^$]{0,199}[^$\s])\$(?!\d)")
"As Pandoc tells formulas from prices: no blank inside the dollars, no digit after them."
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[\^_{}~$]|\s+|[^\\^_{}~$\s]", re.DOTALL)
_ACCENT = re.compile(
    r"""\{\\(?P<a>["'`^~=.])\s*\{?(?P<x>[A-Za-z])\}?\}|\\(?P<b>["'`^~=.])(?:\{(?P<y>[A-Za-z])\}|(?P<z>[aeiouyAEIOUYnN]))"""
)
_MARKS = {"`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", ".": "\u0307", '"': "\u0308"}
_GREEK = dict(
    zip(
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi "
        "chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega varepsilon varphi vartheta".split(),
        "αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩεφθ",
        strict=True,
    )
)
_SIGNS = dict(
    zip(
        "pm mp times cdot to rightarrow leftarrow leftrightarrow sim approx simeq leq le geq ge neq ne infty partial "
        "nabla ell hbar ll gg equiv propto otimes oplus dagger circ prime langle rangle in subset cup cap forall "
        "exists ldots dots cdots lesssim gtrsim star ast bullet odot perp parallel Re Im".split(),
        "±∓×·→→←↔∼≈≃≤≤≥≥≠≠∞∂∇ℓℏ≪≫≡∝⊗⊕†∘′⟨⟩∈⊂∪∩∀∃………≲≳⋆∗•⊙⊥∥ℜℑ",
        strict=True,
    )
)
_WORDS = frozenset("sin cos tan cot sinh cosh tanh log ln exp max min sup inf lim det dim mod arg deg Tr".split())
_FONTS = frozenset(
    "mathcal mathrm mathbf mathbb mathit mathsf mathtt mathfrak mathscr text textrm textit textbf rm bf it cal bm "
    "boldsymbol operatorname mbox left right displaystyle".split()
)
_SPACES = {"\\,": " ", "\\;": " ", "\\:": " ", "\\ ": " ", "~": " ", "\\!": "", "\\quad": " "}
_LITERAL = {"\\%": "%", "\\&": "&", "\\#": "#", "\\_": "_", "\\$": "$", "\\{": "{", "\\}": "}"}
_RAISED = str.maketrans("0123456789+-=()−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾⁻")
_LOWERED = str.maketrans("0123456789+-=()−", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎₋")
_SMALL = frozenset("0123456789+-=()−")


class _NoPlainReadingError(Exception):
    """The formula holds something that plain text cannot say."""


def readable(text: str) -> str:
    """`text` with formulas and accents as Unicode where that says the same."""
    if "$" not in text and "\\" not in text:
        return text
    text = _ACCENT.sub(_accented, _FORMULA.sub(_plain, text))
    return re.sub(r"\\([%&#_])", r"\1", text)


def _accented(found: re.Match[str]) -> str:
    mark, letter = found["a"] or found["b"], found["x"] or found["y"] or found["z"]
    whole = unicodedata.normalize("NFC", letter + _MARKS[mark])
    return whole if len(whole) == 1 else found[0]


def _plain(found: re.Match[str]) -> str:
    try:
        tokens = _TOKEN.findall(found[1])
        said, rest = _group(tokens, 0)
    except (_NoPlainReadingError, IndexError, RecursionError):
        return found[0]
    return " ".join(said.split()) if rest == len(tokens) else found[0]


def _group(tokens: list[str], at: int) -> tuple[str, int]:
    """Read up to the closing brace that belongs to no group opened here, or to the end."""
    said: list[str] = []
    while at < len(tokens) and tokens[at] != "}":
        part, at = _one(tokens, at)
        said.append(part)
    return "".join(said), at


def _one(tokens: list[str], at: int) -> tuple[str, int]:
    """Read one token with its argument; raises `_NoPlainReadingError`."""
    token = tokens[at]
    if token == "{":
        said, at = _group(tokens, at + 1)
        if tokens[at] != "}":
            raise _NoPlainReadingError
        return said, at + 1
    if token in ("^", "_"):
        said, after = _one(tokens, at + 1)
        if said and _SMALL.issuperset(said):
            return said.translate(_RAISED if token == "^" else _LOWERED), after
        return token + (said if len(said) == 1 or said.isalnum() else f"({said})"), after
    if token == "\\sqrt":
        said, after = _one(tokens, at + 1)
        return "√" + (said if len(said) == 1 else f"({said})"), after
    return _sign(token), at + 1


def _sign(token: str) -> str:
    name = token[1:]
    if not token.startswith("\\"):
        return _SPACES.get(token, token)
    for table in (_GREEK, _SIGNS):
        if name in table:
            return table[name]
    if name in _WORDS:
        return name
    if name in _FONTS:
        return ""
    if token in _SPACES:
        return _SPACES[token]
    if token in _LITERAL:
        return _LITERAL[token]
    raise _NoPlainReadingError
