"""Clients that ask a server of HTTP again and again, each the next thing when it has its answer."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass
class Load:
    """What became of the requests: seconds of those that were answered, statuses, and how many had no answer.

    A connection that cannot be made, or that the server closes before anything is sent on it, loses nothing.
    """

    seconds: list[float] = field(default_factory=list)
    statuses: Counter = field(default_factory=Counter)
    lost: int = 0
    wall: float = 0.0


def request(path: str, body: bytes, content_type: str = "application/json") -> bytes:
    """Return the bytes of a request."""
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


async def load(
    port: int, bodies: list[bytes], clients: int, count: int, until: Callable[[], bool] = lambda: False
) -> Load:
    """Send requests in turn.

    Args:
        port: The server's port on this machine.
        bodies: The requests, which clients take in turn.
        clients: How many clients there are, with a connection each.
        count: How many requests to send in all.
        until: Says whether to stop before that; then a refused connection ends a client as well.
    """
    found, left = Load(), iter(range(count))

    async def client() -> None:
        writer = None
        for number in left:
            if until():
                break
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return
            begun = perf_counter()
            try:
                writer.write(bodies[number % len(bodies)])
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(_LENGTH.search(head)[1]))
            except (OSError, asyncio.IncompleteReadError):
                found.lost += 1
                writer = None
                continue
            found.seconds.append(perf_counter() - begun)
            found.statuses[int(head[9:12])] += 1
            if b"connection: close" in head.lower():
                writer.close()
                writer = None
        if writer is not None:
            writer.close()

    begun = perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    found.wall = perf_counter() - begun
    return found
