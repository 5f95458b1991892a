"""The verb that serves: an app for the browser and an API for programs."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.errors import InputError
from recommender.fronts.cli.opening import config_of
from recommender.fronts.cli.options import now, with_config
from recommender.fronts.printing import note, out

if TYPE_CHECKING:
    from recommender.fronts.web.app import Mounted


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8765, show_default=True, help="The port; 0: any free one."
)
@click.option("--open", "show", is_flag=True, help="Open the app in the browser.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    help="A file, readable by you alone, with a token that every request must bring; needed beyond 127.0.0.1.",
)
@click.option(
    "--mcp-write", is_flag=True, help="Let assistants that ask at /mcp rate papers and save searches (extra `mcp`)."
)
@with_config
def serve(host: str, port: int, show: bool, token_file: Path | None, mcp_write: bool, config_path: Path) -> None:
    """Serve an app for the browser and an API for programs, on this machine alone.

    docs/serve.md tells how to use both, and what keeps other pages and other people out.

    \b
    recommend serve --open
    recommend serve --port 9000 --config ~/papers/config.toml
    """
    try:
        from recommender.fronts.web.access import Access
        from recommender.fronts.web.server import listen, server_of
    except ImportError as error:
        raise InputError(f"serving needs {error.name}; run `pip install 'recommender[serve]'`") from error
    from recommender.verbs.readers import Readers

    access = Access.of(token_file) if token_file else Access()
    path = config_of(config_path)
    with listen(host, port, access) as listening:
        readers = Readers(path, today=lambda: now().date(), say=note)
        server = server_of(readers, listening, access, now, _mounts(write=mcp_write))
        try:
            name, taken = listening.getsockname()[:2]
            address = f"http://{f'[{name}]' if ':' in name else name}:{taken}/"
            out(f"serving {path.parent} at {address}; Ctrl+C ends it")
            if show:
                click.launch(address)
            server.run(sockets=[listening])
        finally:
            readers.close()


def _mounts(*, write: bool) -> "tuple[Mounted, ...]":
    """What is served beside the API: /mcp, where its extra is installed."""
    try:
        from recommender.fronts.mcp.server import Beside
    except ImportError as error:
        if write:
            raise InputError(f"--mcp-write needs {error.name}; run `pip install 'recommender[mcp]'`") from error
        return ()
    return (partial(Beside.of, write=write),)
