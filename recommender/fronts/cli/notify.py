"""The verb that tells readers what is new: notify."""

import sys
from pathlib import Path

import click

from recommender.fronts.cli.opening import named, reader, writer
from recommender.fronts.cli.options import Text, now, with_config
from recommender.fronts.cli.rate import together
from recommender.fronts.printing import note, out


@click.command()
@click.argument("targets", nargs=-1, type=Text(), metavar="[TARGET...]")
@click.option("--dry-run", is_flag=True, help="Print what would be sent, and send nothing.")
@with_config
def notify(targets: tuple[str, ...], dry_run: bool, config_path: Path) -> None:
    """Tell by mail or in a chat what is new, each [[notify]] target of config.toml once a day at most.

    A message that could not be sent is tried again by the next run, and `recommend info` says why.

    \b
    recommend notify --dry-run
    recommend update && recommend notify
    recommend notify me
    """
    from recommender.verbs import notify as telling

    config = named(config_path)
    telling.targets(config, targets)  # refuses, before anything is opened
    if dry_run:
        with reader(config) as library:
            for target, text in telling.preview(library, targets, now()):
                out(f"--- {target.name}")
                for line in text.splitlines():
                    out(line)
        return
    ok = True
    with writer(config) as library:
        together(library.store, config)
        for outcome in telling.send(library, targets, now()):
            ok = ok and outcome.ok
            (out if outcome.ok else note)(outcome.line)
    if not ok:
        sys.exit(1)
