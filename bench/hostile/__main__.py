"""`python -m bench.hostile NAME [TIMES] [SEED]` runs the module of that name."""

import sys
from importlib import import_module

if __name__ == "__main__":
    name, times, seed = (*sys.argv[1:], *("commands", "1000", "0")[len(sys.argv) - 1 :])
    import_module(f"bench.hostile.{name}").run(times=int(times), seed=int(seed))
