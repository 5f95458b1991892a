"""Listening: the socket, and uvicorn on it until the reader ends it."""

import socket
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address

import uvicorn

from recommender.errors import InputError
from recommender.fronts.web.access import Access
from recommender.fronts.web.app import Mounted, create, hosts_of
from recommender.verbs.readers import Readers

_WAITING = 200
"Connections that may wait to be accepted."


def listen(host: str, port: int, access: Access) -> socket.socket:
    """A listening socket; raises `InputError` for an address that is taken, or open to others without a token."""
    if not _is_loopback(host) and not access.needed:
        raise InputError(
            f"--host {host}: others could reach this library; keep to 127.0.0.1, or give a token with --token-file"
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(_WAITING)
    except (OSError, OverflowError) as error:
        found.close()
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{host}:{port}: cannot be listened on ({reason}); choose another --port") from error
    return found


def server_of(
    readers: Readers,
    listening: socket.socket,
    access: Access,
    now: Callable[[], datetime],
    mounts: tuple[Mounted, ...] = (),
) -> uvicorn.Server:
    """A server for a listening socket; its `run` with that socket serves until it is told to end."""
    host, port = listening.getsockname()[:2]
    hosts = frozenset[str]() if access.needed else hosts_of(host, port)
    app = create(readers, now=now, hosts=hosts, access=access, mounts=mounts)
    config = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        server_header=False,
        ws="none",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
