"""Ranked sections as Markdown, feeds and the text of an issue: text in, text out, no I/O."""
