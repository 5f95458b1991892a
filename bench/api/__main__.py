"""What schemathesis finds in the API of a small library; nothing is expected.

pip install schemathesis && python -m bench.api [--examples 40]

It makes requests that the description allows and some that it forbids, to every route but the update.
"""

import argparse
import subprocess
import sys
import tempfile
import threading
from datetime import date
from pathlib import Path

from recommender import config
from recommender.fronts.cli.options import now
from recommender.fronts.web.access import Access
from recommender.fronts.web.server import listen, server_of
from recommender.verbs.imports import open_for_asking
from recommender.verbs.readers import Readers

_CONFIG = '[[sections]]\ntitle = "Composed Image Retrieval"\n\n[[sections]]\ntitle = "Multimodal Retrieval"\n'


def main() -> int:
    """Run it; schemathesis' own exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=40, help="requests a route and phase")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "config.toml"
        path.write_text(_CONFIG, encoding="utf-8")
        with open_for_asking(config.load(path)) as library:
            library.refresh()
        with listen("127.0.0.1", 0, Access()) as listening:
            readers = Readers(path, today=date.today)
            server = server_of(readers, listening, Access(), now)
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
            thread.start()
            try:
                return _ask(Path(name), listening.getsockname()[1], options.examples, options.seed)
            finally:
                server.should_exit = True
                thread.join()
                readers.close()


def _ask(work: Path, port: int, examples: int, seed: int) -> int:
    rules = str(Path(__file__).absolute().parent / "schemathesis.toml")
    command = [
        *(str(Path(sys.executable).absolute().parent / "schemathesis"), "--config-file", rules, "run"),
        *(f"http://127.0.0.1:{port}/openapi.json", "--max-examples", str(examples), "--seed", str(seed)),
        *("--phases", "coverage,fuzzing,stateful", "--exclude-path", "/api/v1/update"),
    ]
    return subprocess.run(command, cwd=work, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
