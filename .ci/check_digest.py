"""Check a digest as a reader would: three sections, the papers one expects on top, small enough for GitHub."""

import re
import sys
from pathlib import Path

EXPECTED = {
    "Composed Video Retrieval": "Composed Video Retrieval via Enriched Context",
    "Composed Image Retrieval": "Composed Image Retrieval",
    "Multimodal Retrieval": "MM-Embed: Universal Multimodal Retrieval",
}
FIRST = 5

text = Path(sys.argv[1]).read_bytes()
assert len(text) <= 500_000, f"{len(text):,} bytes are more than GitHub shows"
digest = text.decode("utf-8").partition("<!-- recommender:begin -->")[2]
sections = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", digest, re.MULTILINE | re.DOTALL))
assert list(sections) == list(EXPECTED), f"sections: {list(sections)}"
for title, expected in EXPECTED.items():
    rows = re.findall(r"^\| \*\*\[(.+?)\]\(https://arxiv.org/abs/", sections[title], re.MULTILINE)
    assert 50 <= len(rows) <= 100, f"{title}: {len(rows)} rows"
    assert any(expected in row for row in rows[:FIRST]), f"{title}: {expected!r} is not among {rows[:FIRST]}"
print(f"digest: {len(sections)} sections, {len(text):,} bytes")
