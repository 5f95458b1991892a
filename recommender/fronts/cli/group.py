"""The boundary of the shell: expected failures become one line and exit code 1."""

import os
import sys
from typing import Any

import click

from recommender.errors import RecommenderError


class Group(click.Group):
    """The boundary at which expected failures become one line and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb; what it raises ends it with its exit code."""
        try:
            return super().invoke(ctx)
        except RecommenderError as error:
            click.echo(f"recommend: {error}", err=True)
            ctx.exit(1)
        except KeyboardInterrupt:
            click.echo("recommend: interrupted; what was stored stays", err=True)
            ctx.exit(130)
        except BrokenPipeError:  # `| head -1` has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
