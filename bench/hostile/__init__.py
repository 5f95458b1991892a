"""Inputs that nobody meant well, made by the hundred: `python -m bench.hostile NAME [TIMES] [SEED]`."""
