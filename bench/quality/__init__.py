"""How good a ranking is: evaluation sets, systems, measures."""
