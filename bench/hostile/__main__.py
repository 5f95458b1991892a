"""Run one generator of hostile inputs and print its counts.

    python -m bench.hostile index --times 248
    python -m bench.hostile databases --times 64 --seed 7

A generator is a module of this package with `run(times, seed)`, which prints its counts or gives them; `kills` is
bench/kills.py.
"""

import argparse
import tempfile
from importlib import import_module
from pathlib import Path

NAMES = ("index", "databases", "replies", "sequences", "commands", "models", "kills")


def main() -> None:
    """Run the one that is named."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.hostile", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--times", type=int, default=50, help="cases  [default: 50]")
    parser.add_argument("--seed", type=int, default=0, help="of the random choices  [default: 0]")
    arguments = parser.parse_args()
    if arguments.name == "kills":
        from bench import kills

        with tempfile.TemporaryDirectory() as name:
            last = kills.kill(Path(name), arguments.times, arguments.seed)
        print(f"kills: {arguments.times:,} cases, all of {last:,} acknowledged papers are there")
        return
    counts = import_module(f"bench.hostile.{arguments.name}").run(arguments.times, arguments.seed)
    if counts is not None:  # others print as they go
        print(f"{arguments.name}: {counts}")


if __name__ == "__main__":
    main()
