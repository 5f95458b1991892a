"""Ranked sections as Markdown, HTML, feeds and issue bodies: text in, text out, no I/O."""
