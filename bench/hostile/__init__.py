"""Inputs as bad as they come, at random, and what the command makes of them: see `python -m bench.hostile --help`."""
