"""Texts of papers in Markdown: shown by GitHub's own parser, and by two others, as the very texts they are."""

import html
import re
import unicodedata

import comrak
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from recommender.digest.escape import address, inline, visible
from tests.helpers.github import HOSTILE, Page, github, readable

FORMULAS = {
    "$x_1 * y^* < z$": "x_1 * y^* < z",
    "$k$-NN and": "k",
    "$p(x|y)$": r"p(x\vert y)",
    r"$\|x\|_2$": r"\Vert x\Vert _2",
    r"\(a_b\)": "a_b",
    r"\[a_b\]": "a_b",
    "$$a_b$$": "a_b",
    r"$5\%$": r"5\%",
    "$5%$": r"5\%",
    "$ x $": "x",
    "$#P$": r"\#P",
    r"at ($<$20 fs)": "<",
    r"$\texttt{a}$5": r"\texttt{a}",
    r"$x \text{ such that all}$": r"x \text{ such that all}",
    r"$\{a\}$": r"\{a\}",
    r"$\text{if }\$5$": r"\text{if }\$5",
}
NO_FORMULAS = [
    "$5 and $10",
    "$x",
    "$5-$10",
    "$ 55 $",
    "$for every one of these$",
    "$`x`$",
    r"$\href{javascript:alert(1)}{x}$",
    r"$\def\x{\x}\x$",
    r"$\rule{900em}{900em}$",
    "$}{$",
    "$a\\`$",
    "$a{b$",
    "$" + "a" * 2000 + "$",
]

LETTERS = st.characters(exclude_categories=["Cs"])
MARKUP = st.sampled_from(
    [*"|\\`*_[]()<>&#@:$~!{}^-+=.\"'/ \n\t", "www.", "://", "@a", "#1", "<b>", "&lt;", "$x$", "\\("]
)
texts = st.lists(LETTERS | MARKUP | st.sampled_from(HOSTILE), max_size=30).map("".join)


def table(cell: str) -> str:
    return f"| a | b |\n| --- | --- |\n| {cell} | z |\n"


def markdown_it(markdown: str) -> Page:
    parser = MarkdownIt("gfm-like", {"linkify": True, "html": True})
    assert parser.linkify
    parser.linkify.set({"fuzzy_link": False})  # GitHub takes no bare domain for a link
    return Page(parser.render(markdown))


def math_first(markdown: str) -> str:
    """The page of a renderer that knows math, emoji names and footnotes."""
    extensions = comrak.ExtensionOptions()
    for name in ("table", "autolink", "strikethrough", "math_code", "math_dollars", "shortcodes", "footnotes"):
        setattr(extensions, name, True)
    options = comrak.RenderOptions()
    options.unsafe_ = True
    return comrak.render_markdown(markdown, extension_options=extensions, render_options=options)


def formulas(page: str) -> list[str]:
    """What the page shows as math; each must have been written with backticks."""
    found = re.findall(r'<(\w+) data-math-style="\w+">(.*?)</\1>', page)
    assert all(element == "code" for element, _ in found)
    return [html.unescape(body) for _, body in found]


def shown(page: Page) -> str:
    """The text of the one cell; the cell beside it proves that the row has kept its form."""
    assert len(page.cells) == 4
    assert page.cells[3].strip() == "z"
    return readable(page.cells[2])


def plain(text: str) -> str:
    """What is left of a text when formulas may have changed their delimiters and their spelling of bars."""
    text = re.sub(r"\\vert ?", "|", re.sub(r"\\Vert ?", r"\\|", text))
    return re.sub(r"\\(?=[()\[\]%#])|[$\s()\[\]]", "", text)


TABLE = {"table", "thead", "tbody", "tr", "th", "td"}


@settings(max_examples=300, deadline=None)
@given(texts)
def test_every_parser_shows_the_text_and_makes_nothing_else_of_it(text: str) -> None:
    cell = inline(text)
    for page in (github(table(cell)), markdown_it(table(cell)), Page(math_first(table(cell)))):
        assert plain(shown(page)) == plain(visible(text))
        assert set(page.tags) <= TABLE | {"span", "code"}


@settings(max_examples=300, deadline=None)
@given(texts.map(lambda text: re.sub(r"[$]|\\+[(\[]", "", text)))
def test_a_text_without_formulas_is_shown_to_the_character(text: str) -> None:
    page = github(table(inline(text)))
    assert shown(page) == visible(text)
    assert set(page.tags) <= TABLE


@pytest.mark.parametrize("text", HOSTILE)
def test_each_known_attack_is_shown_as_it_is_written(text: str) -> None:
    for page in (github(table(inline(text))), markdown_it(table(inline(text)))):
        assert shown(page) == visible(text)
        assert set(page.tags) <= TABLE | {"span"}


@pytest.mark.parametrize("text", HOSTILE)
def test_the_same_holds_in_headings_links_lists_and_folds(text: str) -> None:
    frames = {
        "## {}\n": {"h2"},
        "**[{}](https://arxiv.org/abs/2407.16658)**\n": {"p", "strong", "a"},
        "* {}\n": {"ul", "li"},
        "<details><summary>S</summary><p>{}</p></details>\n": {"details", "summary", "p"},
    }
    for frame, tags in frames.items():
        page = github(
            frame.format(inline(text)) if "details" not in frame else table(frame.strip().format(inline(text)))
        )
        assert readable(page.text).removeprefix("a b S").removesuffix(" z") == visible(text)
        assert set(page.tags) - TABLE - {"span"} == tags


@settings(max_examples=300, deadline=None)
@given(texts)
def test_nothing_is_left_for_githubs_later_filters(text: str) -> None:
    for node in github(table(inline(text))).nodes:
        assert not re.search(r"@[\w-]|#\d|gh-\d|:[\w+-]+:", node, re.IGNORECASE)


@settings(max_examples=300, deadline=None)
@given(texts)
def test_math_is_only_what_was_meant_as_math(text: str) -> None:
    page = math_first(table(inline(text)))
    assert len(formulas(page)) == inline(text).count("$`")


@pytest.mark.parametrize(("text", "formula"), FORMULAS.items())
def test_formulas_stay_formulas(text: str, formula: str) -> None:
    assert formulas(math_first(table(inline(f"Of {text} here")))) == [formula]


@pytest.mark.parametrize("text", NO_FORMULAS)
def test_what_is_no_sound_formula_stays_text(text: str) -> None:
    cell = table(inline(text))
    assert formulas(math_first(cell)) == []
    assert shown(github(cell)) == text


def test_what_turns_the_direction_of_text_is_dropped_and_what_shapes_letters_stays() -> None:
    assert visible("a\u202eb\u2066c\u200fd\u061ce") == "abcde"
    assert visible("नमस्\u200dते 👩\u200d🔬") == "नमस्\u200dते 👩\u200d🔬"
    assert visible("a\x00\x1bb\u2028c\td \ud800") == "ab c d \ufffd"


@given(texts)
def test_no_control_and_no_line_break_is_ever_written(text: str) -> None:
    assert all(unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp") for char in inline(text))


@given(texts, st.integers(10, 200))
def test_a_cut_text_keeps_to_its_bytes_and_says_that_it_was_cut(text: str, most: int) -> None:
    cut = inline(text, most=most)
    assert len(cut.encode()) <= most
    assert cut == inline(text) or cut.endswith("…")
    assert set(github(table(cut)).tags) <= TABLE | {"span", "code"}


def test_an_address_cannot_leave_its_link() -> None:
    hostile = address("https://arxiv.org/abs/x) [y](https://evil.example) |<b>\n")
    page = github(f"| [t]({hostile}) | z |\n| --- | --- |\n")
    assert (page.tags.count("a"), page.text.split()) == (1, ["t", "z"])
