"""`python -m recommender` is `recommend`."""

from recommender.fronts.cli import main

if __name__ == "__main__":
    main(prog_name="recommend")
