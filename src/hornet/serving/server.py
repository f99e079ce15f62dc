"""The server: a port, the application behind it, and an end that loses no request."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import signal
import socket
from collections.abc import Mapping
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.config import LOGGING_CONFIG

from hornet.core.checks import number
from hornet.serving.application import Site, application
from hornet.serving.slot import Limits

_log = logging.getLogger("hornet.serving")
_LOGGING: dict[str, Any] = {
    **LOGGING_CONFIG,
    "loggers": {
        **LOGGING_CONFIG["loggers"],
        "hornet.serving": {"handlers": ["default"], "level": "INFO", "propagate": False},
    },
}
"""uvicorn's way of logging, for what is said here too."""
_LINGER = 0.5
"""So many seconds does a client have to close a connection that it does not use, before the server does."""


def serve(
    *models: Any,
    host: str = "127.0.0.1",
    port: int = 8000,
    max_body: int = Limits.body,
    max_rows: int = Limits.rows,
    max_queue: int = Limits.queue,
    max_batch: int = Limits.batch,
    max_wait: float = Limits.wait,
    reload: float | None = 1.0,
    stop_within: float = 30.0,
    custom_objects: Mapping[str, Any] | None = None,
    access_log: bool = False,
) -> None:
    """Answer requests for predictions until the process is told to end, by Ctrl-C or SIGTERM.

    `POST /predict`, or of several models `POST /models/NAME/predict`, takes rows as JSON, CSV or Arrow, by the
    request's content type; `/docs` describes each model's columns; `/health/live`, `/health/ready` and `/metrics` are
    for those who run it. Loading a file runs nothing that is in it. At the end requests that have come are answered.

    Args:
        *models: Models, fitted estimators, paths of `.keras` or `.h5` files, or dicts of names to these.
        host: The address to listen at; by default only programs on this machine reach it. `"0.0.0.0"` is all of the
            machine's: nothing here asks who a client is.
        port: The port; 0 for any that is free.
        max_body: The bytes of a request; of a larger one the answer is 413.
        max_rows: The rows of a request; the same.
        max_queue: The rows of a model that wait; where more would, the answer is 503, with `Retry-After`.
        max_batch: The rows that are predicted at once.
        max_wait: How long a row waits for those of other requests to come into its batch, in seconds.
        reload: The time between two looks at files, in seconds: one that was replaced is served once it is warm. `None`
            for never.
        stop_within: How long requests may take to end, in seconds, when the process is told to.
        custom_objects: Your own classes and functions that files need, by name.
        access_log: Whether to write a line for each request.

    Raises:
        CorruptFileError: If a file is damaged.
        FileNotFoundError: If there is none.
        ImportError: If the extra `serve` is not installed.
        OSError: If the port is in use.
        RuntimeError: In a notebook, which has an event loop of its own.
        TypeError: If a model is something else.
        ValueError: If an argument is out of its range, or a model cannot be served.
    """
    number("port", port, at_least=0, at_most=65535)
    number("stop_within", stop_within, above=0.0)
    _refuse_running_loop()
    listener = _listen(host, port)
    with listener:
        app = application(
            list(models),
            max_body=max_body,
            max_rows=max_rows,
            max_queue=max_queue,
            max_batch=max_batch,
            max_wait=max_wait,
            reload=reload,
            custom_objects=custom_objects,
        )
        site: Site = app.state.site
        site.settle = _settle
        config = uvicorn.Config(
            _Closing(app, site),
            access_log=access_log,
            log_config=_LOGGING,
            timeout_graceful_shutdown=int(max(1, stop_within)),
            server_header=False,
        )
        _log.info("Serving %s: http://%s:%d/docs", ", ".join(site.slots), *listener.getsockname()[:2])
        _Server(config, site).run(sockets=[listener])


class _Closing:
    """Closes each connection behind its answer while the server is about to end, so that none is cut off.

    Args:
        app: The application.
        site: Says whether the server is about to end.
    """

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_and_close(message: Message) -> None:
            if message["type"] == "http.response.start" and self._site.is_stopping:
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        await self._app(scope, receive, send_and_close)


class _Server(uvicorn.Server):
    """A server that takes no new connections at its end, but lets those that are open have their answers.

    Args:
        config: What uvicorn is told.
        site: Learns that the server is about to end.
    """

    def __init__(self, config: uvicorn.Config, site: Site) -> None:
        super().__init__(config)
        self._site = site

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End; `run` then returns, where uvicorn's own would let the signal kill the process after all."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._site.is_stopping = True
        for server in self.servers:
            server.close()
        clock = asyncio.get_running_loop()
        end = clock.time() + _LINGER
        while self.server_state.connections and clock.time() < end and not self.force_exit:
            await asyncio.sleep(0.01)
        await super().shutdown(sockets)


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to a port.

    Raises:
        OSError: If it is in use, or is not to be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, OverflowError, TypeError, UnicodeError) as error:
        raise ValueError(f"`host` {host!r} with `port` {port!r} is no address ({error}). Pass another.") from None
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            problem = f"Port {port} of {host} is in use by another program. Pass another `port`, or 0 for any."
        else:
            problem = f"Port {port} of {host} is not to be had ({error.strerror}). Pass another `port` or `host`."
        raise OSError(error.errno, problem) from None
    return listener


def _settle() -> None:
    """Let the garbage collector pass over all that there is now, JAX and models, which stay.

    It would look at half a million objects each thousand requests, and all others wait meanwhile.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _refuse_running_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError(
        "`serve` runs an event loop, and one runs here already, as in notebooks. Call it in a program of its own, or "
        "give `hornet.serving.application(...)` to a server that is running."
    )
