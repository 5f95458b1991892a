"""Markdown as GitHub's own parser shows it, and texts that try to be more than text."""

from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

HOSTILE = [
    "A | B",
    "a \\| b \\\\| c \\",
    "[link](https://evil.example) ![image](https://evil.example/x.png) [ref][1] [^1]",
    "</p></details> | <img src=x onerror=alert(1)> <script>alert(1)</script>",
    "<!-- recommender:end --> <!-- comment",
    "`code` ``more`` ` and **bold** _em_ *em* ~~gone~~ ~sub~",
    "https://evil.example http://x.org www.evil.example mailto:a@b.co a.b+c@evil.example <https://x.org> <a@b.co>",
    "@octocat @github/team #123 owner/repo#12 GH-12 :smile: :+1: a:100:b",
    "&lt;b&gt; &#60; &amp; &copy; AT&T",
    "costs $5 and $10, $5-$10 or $ 55 $, \\$5 and $$",
    "# heading #",
    "\u202eevil\u202c \u2066x\u2069 \u200bzero\ufeff \x00\x07 \ud800 a\u2028b\x85c",
    "١٢٣ العربية 日本語 ‌ नमस्‍ते 👩‍🔬 é",
]


class Page(HTMLParser):
    """What a browser makes of a page: its elements, its text as a whole, by cell, and node by node."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[str] = []
        self.text = ""
        self.nodes: list[str] = []
        "text outside `code`, where GitHub's filters look"
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag != "br":
            self._open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.cells:
            self.cells[-1] += data
        if "code" not in self._open:
            self.nodes.append(data)

    def handle_comment(self, data: str) -> None:
        self.tags.append("!--")


def github(markdown: str) -> Page:
    return Page(cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))


def readable(text: str) -> str:
    """A shown text without the breaks that stop GitHub's filters."""
    return " ".join(text.replace("\u200b", "").split())
