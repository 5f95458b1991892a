"""Kill a writer of batches, rebuilds and other encoders at random moments; verify that nothing acknowledged is lost.

python -m bench.kills --times 300
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from tests.killed_writer import TASKS
from tests.test_durability import holds_all, killed_after


def main() -> None:
    """Run, and print how many papers the last state holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    random, last = np.random.default_rng(arguments.seed), 0
    with tempfile.TemporaryDirectory() as name:
        for time in range(arguments.times):
            last = killed_after(Path(name), last, TASKS[time % 3], delay=float(random.uniform(0, 0.1)))
            holds_all(Path(name), last)
            if time % 50 == 49:
                print(f"{time + 1} kills: all of {last:,} acknowledged papers are there", flush=True)


if __name__ == "__main__":
    main()
