"""The verb that serves assistants, and the one that tells them of it."""

import sys
from pathlib import Path

import click
from click.core import ParameterSource

from recommender.errors import InputError
from recommender.fronts.cli.opening import config_of
from recommender.fronts.cli.options import now, with_config
from recommender.fronts.printing import note, out


@click.group(invoke_without_command=True)
@click.option("--write", is_flag=True, help="Let the assistant rate papers and save searches.")
@with_config
@click.pass_context
def mcp(context: click.Context, write: bool, config_path: Path) -> None:
    """Serve the library to an assistant, over standard input and output, by the Model Context Protocol.

    The assistant starts it by itself once its settings name it; docs/mcp.md tells what it can do then.

    \b
    recommend mcp install --client claude-desktop
    recommend mcp --write --config ~/papers/config.toml
    """
    if context.invoked_subcommand:
        if write or context.get_parameter_source("config_path") is not ParameterSource.DEFAULT:
            raise click.UsageError(f"options go behind `recommend mcp {context.invoked_subcommand}`")
        return
    try:
        from recommender.fronts.mcp.server import serve
    except ImportError as error:
        raise InputError(f"serving assistants needs {error.name}; run `pip install 'recommender[mcp]'`") from error
    from recommender.verbs.readers import Readers

    path = config_of(config_path)
    if sys.stdin.isatty():
        note(
            f"waiting for an assistant that speaks MCP to ask about {path.parent}; `recommend mcp install` sets one up"
        )
    readers = Readers(path, today=lambda: now().date(), say=note)
    try:
        serve(readers, now, write=write)
    finally:
        readers.close()


@mcp.command()
@click.option(
    "--client", type=click.Choice(["claude-desktop", "vscode", "codex"]), required=True, help="Which assistant."
)
@click.option("--name", default="recommend", show_default=True, help="What the assistant calls the server.")
@click.option("--allow-changes", is_flag=True, help="Let the assistant rate papers and save searches.")
@click.option("--write", is_flag=True, help="Merge it into the client's settings instead of printing it.")
@with_config
def install(client: str, name: str, allow_changes: bool, write: bool, config_path: Path) -> None:
    """Print what an assistant's settings need to start `recommend mcp`, or merge it into them.

    \b
    recommend mcp install --client vscode
    recommend mcp install --client claude-desktop --write
    """
    from recommender.fronts.mcp import install as installing

    entry = installing.entry_of(config_of(config_path), allow_changes=allow_changes)
    settings = installing.CLIENTS[client]
    if not write:
        for line in settings.shown(name, entry).splitlines():
            out(line)
        note(f"goes into {settings.path()}; --write merges it there")
        return
    note(settings.merge(name, entry))
