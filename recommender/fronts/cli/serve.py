"""The verb that serves: an app for the browser and an API for programs."""

import os
from pathlib import Path

import click
from click.core import ParameterSource

from recommender.errors import InputError
from recommender.fronts.cli.opening import library_of
from recommender.fronts.cli.options import now, with_config
from recommender.fronts.printing import note, out


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
@with_config
def serve(host: str, port: int, show: bool, token_file: Path | None, config_path: Path) -> None:
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
    path = _config_of(config_path)
    with listen(host, port, access) as listening:
        readers = Readers(path, today=lambda: now().date(), say=note)
        server = server_of(readers, listening, access, now)
        try:
            name, taken = listening.getsockname()[:2]
            address = f"http://{f'[{name}]' if ':' in name else name}:{taken}/"
            out(f"serving {path.parent} at {address}; Ctrl+C ends it")
            if show:
                click.launch(address)
            server.run(sockets=[listening])
        finally:
            readers.close()


def _config_of(config_path: Path) -> Path:
    """The config.toml of the library that is meant, whether it is there or not."""
    source = click.get_current_context().get_parameter_source("config_path")
    if source is not ParameterSource.DEFAULT or os.path.lexists(config_path):
        return config_path.absolute()
    return library_of(config_path).folder / "config.toml"
