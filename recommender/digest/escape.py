"""Text of papers as inline Markdown that GitHub shows as that very text, with LaTeX math as math.

GitHub works in layers: CommonMark with tables and bare links, then filters on the resulting text that know mentions,
issue numbers, emoji names and `$math$`. Entities and backslashes stop the first layer only. The later ones are
stopped by a zero-width space behind the character that starts them, and a dollar by standing in a `<span>` of its
own, as GitHub's documentation has it, and as an entity, for renderers that look for math first. Math is written as
dollar, backtick, formula, backtick, dollar: between the backticks nothing needs an escape, and where math is not
supported the formula is still readable.
"""

import re
import urllib.parse

_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    r"\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"Controls, direction overrides and characters without a shape; joiners stay, as scripts and emoji need them."
_SURROGATE = re.compile(r"[\ud800-\udfff]")

_BREAK = "&#8203;"
_CHARACTERS = {
    "\\": "\\\\",
    "`": "\\`",
    "*": "\\*",
    "_": "\\_",
    "[": "\\[",
    "]": "\\]",
    "~": "\\~",
    "#": "\\#",
    "<": "&lt;",
    ">": "&gt;",
    "&": "&amp;",
    "|": "&#124;",
    "$": "<span>&#36;</span>",
}
_SPECIAL = re.compile(
    r"@(?=\S)|\#(?=\d)|[Gg][Hh]-(?=\d)|:(?=[\w+-]+:)"  # mentions and e-mail addresses, issue numbers, emoji names
    r"|:(?=//)|[Ww]{3}\."  # bare links
    r"|[\\`*_\[\]~\#<>&|$]"
)

_MATH = re.compile(
    r"\\\$"
    r"|\$\$(?P<display>(?:\\[^`]|[^$\\`])+)\$\$"
    r"|\$(?P<inline>(?:\\[^`]|[^$\\`])+)\$(?P<amount>(?=\d))?"
    r"|(?<!\\)\\\((?P<round>[^$`]{1,1000}?)\\\)"
    r"|(?<!\\)\\\[(?P<square>[^$`]{1,1000}?)\\\]"
)
_LATEX = re.compile(r"\\[^$%#&\s]|[\^_={}<>|]")
"What tells a formula from an amount of money."
_PROSE = re.compile(r"[A-Za-z]{3,}[,;.:]?\s+[A-Za-z]{3,}")
"Two words in a row, outside commands and their arguments: the dollars around them belong to other formulas."
_LONGEST_FORMULA = 1000
_NOT_IN_FORMULAS = re.compile(
    # links, markup and definitions; what draws over other text or fills the page; what a `|` separates
    r"\\(?:href|url|style|class|cssId|data|html\w*|unicode|include\w*|input|require|verb|bbox|definecolor"
    r"|[gex]?def|let|(?:re)?newcommand|(?:re)?newenvironment|DeclareMathOperator|newtagform|tag|label|ref|eqref"
    r"|rule|Rule|Space|kern|mkern|mskip|hskip|hspace|vspace|raise|lower|moveleft|moveright|llap|rlap|smash|mmToken"
    r"|begin\s*\{(?:array|tabular))(?![a-z])"
)


def inline(text: str, *, most: int | None = None) -> str:
    """`text` as inline Markdown for a table cell, heading or list item; cut with `…` to at most `most` bytes."""
    text = visible(text)
    if most is None:
        return _inline(text)
    if len(text) <= most and len((escaped := _inline(text)).encode()) <= most:
        return escaped
    fits, too_long = "…", min(len(text), most)
    shortest = 0
    while too_long - shortest > 1:
        middle = (shortest + too_long) // 2
        cut = _inline(text[:middle].rstrip()) + "…"
        if len(cut.encode()) <= most:
            fits, shortest = cut, middle
        else:
            too_long = middle
    return fits


def visible(text: str) -> str:
    """`text` on one line, without characters that nobody sees or that turn the direction of what follows."""
    return " ".join(_INVISIBLE.sub("", _SURROGATE.sub("\ufffd", text)).split())


def address(url: str) -> str:
    """`url` as the target of a Markdown link."""
    return urllib.parse.quote(url, safe="/:#.-_~?=&%", errors="replace")


def _inline(text: str) -> str:
    pieces, end, at = [], 0, 0
    while found := _MATH.search(text, at):
        formula = _formula(found)
        if formula is None:
            at = found.end() if found[0] == "\\$" else found.start() + 1
        else:
            pieces += [_literal(text[end : found.start()]), f"$`{formula}`$"]
            at = end = found.end()
    return "".join([*pieces, _literal(text[end:])])


def _literal(text: str) -> str:
    return _SPECIAL.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    text, rest = found[0], found.string[found.end() :][:2]
    if text == ":":
        return "&#58;" if rest == "//" else f":{_BREAK}"
    if text.endswith("."):
        return f"{text[:-1]}&#46;"
    if text in _CHARACTERS:
        return _CHARACTERS[text] + (_BREAK if text == "#" and rest[:1].isdigit() else "")
    return text + _BREAK


def _formula(found: re.Match[str]) -> str | None:
    """LaTeX for between the backticks, free of `|`; None where the text had better stay plain."""
    raw = next((body for name, body in found.groupdict().items() if body and name != "amount"), "")
    body = raw.strip()
    if not body or len(body) > _LONGEST_FORMULA or _NOT_IN_FORMULAS.search(body) or not _balanced(body):
        return None
    padded_or_amount = raw != body or found["amount"] is not None
    if padded_or_amount and len(body) > 1 and not _LATEX.search(body):
        return None
    if _PROSE.search(re.sub(r"\\[A-Za-z]+\s*(?:\{[^{}]*\})?", " ", body)):
        return None
    body = re.sub(r"\\\||\|", lambda bar: r"\Vert " if len(bar[0]) == 2 else r"\vert ", body)
    return re.sub(r"(?<!\\)[%#]", r"\\\g<0>", body).strip()


def _balanced(body: str) -> bool:
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", body):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0 and not body.endswith("\\")
