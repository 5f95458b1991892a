r"""LaTeX in titles and abstracts as plain text: `$0\nu\beta\beta$ of $^{130}$Te` reads `0νββ of ¹³⁰Te`.

Only what has a plain reading is changed: a formula with anything else in it stays as its authors wrote it.
"""

import re

from recommender.site import latex_text

_FORMULA = re.compile(r"\$(?!\s)([^$]{0,199}[^$\s])\$(?!\d)|\\\(([^$]{1,200}?)\\\)")
"As Pandoc tells formulas from prices: no blank inside the dollars, no digit after them."
_HELD = re.compile("\0(\\d+)\0")
"Where a formula stood."
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[\^_{}~$]|\s+|[^\\^_{}~$\s]", re.DOTALL)
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
    "mathcal mathrm mathbf mathbb mathit mathsf mathtt mathfrak mathscr mathnormal text textrm textit textbf textsc "
    "texttt textsf emph rm bf it cal bm pmb boldsymbol operatorname ensuremath mbox big bigl bigr left right "
    "displaystyle".split()
)
_SPACES = {"\\,": " ", "\\;": " ", "\\:": " ", "\\ ": " ", "~": " ", "\\!": "", "\\quad": " "}
_LITERAL = {"\\%": "%", "\\&": "&", "\\#": "#", "\\_": "_", "\\$": "$", "\\{": "{", "\\}": "}"}


class _NoPlainReadingError(Exception):
    """The formula holds something that plain text cannot say."""


def readable(text: str) -> str:
    """`text` with formulas, accents and commands as Unicode where that says the same."""
    if "$" not in text and "\\" not in text and "``" not in text:
        return text
    formulas: list[str] = []

    def held(found: re.Match[str]) -> str:
        formulas.append(_plain(found))
        return f"\0{len(formulas) - 1}\0"

    return _HELD.sub(
        lambda found: formulas[int(found[1])], latex_text.plain(_FORMULA.sub(held, text.replace("\0", "")))
    )


def _plain(found: re.Match[str]) -> str:
    try:
        tokens = _TOKEN.findall(found[1] or found[2])
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
        return latex_text.shifted(said, token), after
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
