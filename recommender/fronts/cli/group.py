"""The boundary of the shell: expected failures become one line and exit code 1."""

import io
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from recommender.errors import RecommenderError
from recommender.fronts import printing

_LONGEST_LINE = 2000
"Characters of a message: values in it can come from anywhere."


class Group(click.Group):
    """The boundary at which expected failures become one line and exit code 1."""

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run the command line, and end the process with its exit code."""
        sys.exit(self._code(args, prog_name, **extra))

    def _code(self, args: Sequence[str] | None, prog_name: str | None, **extra: Any) -> int:
        """The exit code of a command line, its mistakes and failures said."""
        try:
            printing.prepare()
            ended = super().main(args, prog_name, standalone_mode=False, **extra)
            return ended if isinstance(ended, int) else 0
        except click.ClickException as error:
            usage = io.StringIO()
            error.show(usage)
            for line in usage.getvalue().splitlines():
                printing.note(_cut(line))
            return error.exit_code
        except click.Abort as error:
            if isinstance(error.__cause__ or error.__context__, KeyboardInterrupt):
                printing.note("recommend: interrupted; what was stored stays")
                return 130
            printing.note("recommend: the input ended before every question was answered; give the answers as options")
        except RecommenderError as error:
            printing.note(_cut(f"recommend: {error}"))
        except OSError as error:
            printing.note(_cut(f"recommend: {_environment(error)}"))
        except printing.PipeClosedError:
            printing.silence()
            return 0
        printing.silence()
        return 1

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb; what its surroundings refuse it becomes a failure in one line."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise click.Abort from error
        except OSError as error:
            raise RecommenderError(_environment(error)) from error
        except RecursionError as error:
            raise RecommenderError("what was given nests too deeply to be read") from error
        except MemoryError as error:
            raise RecommenderError(
                "there is not enough memory for this; close other programs, or ask for less"
            ) from error

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a verb by its name, or by a beginning that no other verb shares."""
        if found := super().get_command(ctx, cmd_name):
            return found
        near = [name for name in self.list_commands(ctx) if cmd_name and name.startswith(cmd_name)]
        if len(near) > 1:
            ctx.fail(f"{cmd_name!r} may be {', '.join(sorted(near)[:-1])} or {sorted(near)[-1]}; write more of it")
        return super().get_command(ctx, near[0]) if near else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List every verb with its whole first sentence, folded rather than cut."""
        rows = [(name, verb.get_short_help_str(1000)) for name, verb in sorted(self.commands.items())]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _environment(error: OSError) -> str:
    """What the system refused, and where."""
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]} …"
