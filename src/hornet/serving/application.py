"""The application that answers requests: routes, limits, health and metrics."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi_offline import FastAPIOffline
from starlette.requests import ClientDisconnect

import hornet
from hornet.core.checks import number, positive_int
from hornet.core.registry import snake_case
from hornet.core.suggestions import did_you_mean
from hornet.serving.answers import answer, kind_of_answer
from hornet.serving.metrics import CONTENT_TYPE, Metrics
from hornet.serving.openapi import description
from hornet.serving.refusal import Refusal
from hornet.serving.slot import Limits, Slot

_log = logging.getLogger("hornet.serving")
_QUICK = 1 << 16
"""Bodies of so many bytes, at most, are read in the thread of the event loop."""


class Site:
    """The models that an application serves, and whether it is about to end.

    Args:
        slots: The models by name.
        metrics: What is counted.
        limits: What clients may ask for.
        reload: Seconds between two looks at the files; `None` for none.
    """

    def __init__(self, slots: Mapping[str, Slot], metrics: Metrics, limits: Limits, reload: float | None) -> None:
        self.slots = slots
        self.metrics = metrics
        self.limits = limits
        self.is_stopping = False
        self.settle: Callable[[], None] = lambda: None
        """Called when models have come that are going to stay."""
        self._reload = reload

    @asynccontextmanager
    async def running(self, _: FastAPI) -> AsyncIterator[None]:
        """Warm the models up and watch their files while the application runs."""
        tasks = [asyncio.create_task(self._care(slot)) for slot in self.slots.values()]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for slot in self.slots.values():
            slot.close()

    async def _care(self, slot: Slot) -> None:
        try:
            await slot.warm_up()
        except Exception:  # it may be that a row made up is refused, and that real ones are not
            _log.exception("The model %r could not be warmed up: its first requests compile.", slot.name)
            slot.current.is_warm = True
        _log.info("The model %r is ready.", slot.name)
        self.settle()
        if slot.path is not None and self._reload is not None:
            await slot.watch(self._reload, self.settle)

    @property
    def is_ready(self) -> bool:
        """Whether all models are warm, and the application goes on."""
        return not self.is_stopping and all(slot.current.is_warm for slot in self.slots.values())

    def health(self) -> dict[str, Any]:
        """Return how the models are."""
        status = "stopping" if self.is_stopping else "ready" if self.is_ready else "warming up"
        models = {
            name: {
                "status": slot.status,
                "since": slot.current.since.isoformat(timespec="seconds"),
                **({"problem": slot.problem} if slot.problem else {}),
            }
            for name, slot in self.slots.items()
        }
        return {"status": status, "models": models}

    async def predict(self, name: str, request: Request) -> Response:
        """Answer a request for predictions."""
        slot = self.slots.get(name)
        if slot is None:
            raise Refusal(404, f"There is no model {name!r}.{did_you_mean(name, list(self.slots))}")
        begun, status = perf_counter(), 500
        try:
            kind = kind_of_answer(request.headers.get("accept"))
            with slot.lease() as running:
                with running.reading():
                    body = await _body(request, self.limits)
                    content_type = request.headers.get("content-type", "")
                    rows = await _beside(len(body), running.reader, content_type, body)
                count = len(next(iter(rows.values())))
                found = await running.batcher.predict(rows, count)
                written = await _beside(len(body), answer, kind, running.served, found)
            self.metrics.rows.labels(name).inc(count)
            status = 200
            return Response(written, media_type=kind)
        except Refusal as refusal:
            status = refusal.status
            raise
        except ClientDisconnect:
            status = 499  # nobody hears the answer
            return Response(status_code=499)
        finally:
            self.metrics.requests.labels(name, str(status)).inc()
            self.metrics.seconds.labels(name).observe(perf_counter() - begun)


async def _beside(size: int, function: Callable[..., Any], *args: Any) -> Any:
    """Call a function: at once where a body is small, as a thread would take longer, else beside the event loop."""
    return function(*args) if size <= _QUICK else await asyncio.to_thread(function, *args)


async def _body(request: Request, limits: Limits) -> bytes:
    """Return the body of a request, which is not read further than is allowed.

    Raises:
        Refusal: If it is too large, compressed, or takes too long.
    """
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Refusal(415, "The body is compressed. Send it as it is.")
    too_large = Refusal(413, f"The body is larger than {limits.body} bytes. Send fewer rows at a time.")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > limits.body:
        raise too_large
    parts, size = [], 0
    try:
        async with asyncio.timeout(limits.read):
            async for part in request.stream():
                size += len(part)
                if size > limits.body:
                    raise too_large
                parts.append(part)
    except TimeoutError:
        raise Refusal(408, f"The body did not arrive within {limits.read:g} seconds. Send it again.") from None
    return b"".join(parts)


def application(
    models: Any,
    *,
    max_body: int = Limits.body,
    max_rows: int = Limits.rows,
    max_queue: int = Limits.queue,
    max_batch: int = Limits.batch,
    max_wait: float = Limits.wait,
    reload: float | None = 1.0,
    custom_objects: Mapping[str, Any] | None = None,
) -> FastAPI:
    """Return the application that `serve` runs, for a server of your own that speaks ASGI.

    Args:
        models: A model, a fitted estimator, the path of a `.keras` or `.h5` file, a list of these, or a dict
            of names to these. By itself a file is called by its name without the suffix, a model by its own name.
        max_body: The bytes of a request; of a larger one the answer is 413.
        max_rows: The rows of a request; the same.
        max_queue: The rows of a model that wait; where more would, the answer is 503, with `Retry-After`.
        max_batch: The rows that are predicted at once.
        max_wait: How long a row waits for those of other requests to come into its batch, in seconds.
        reload: The time between two looks at files, in seconds: one that was replaced is served once it is warm. `None`
            for never.
        custom_objects: Your own classes and functions that files need, by name.

    Raises:
        CorruptFileError: If a file is damaged.
        FileNotFoundError: If there is none.
        ImportError: If the extra `serve` is not installed.
        TypeError: If a model is something else.
        ValueError: If an argument is out of its range, or a model cannot be served.

    Example:
        >>> from fastapi.testclient import TestClient
        >>> from hornet import Input, Sequential, layers
        >>> model = Sequential([Input((2,)), layers.Dense(1, kernel_initializer="ones")], name="sum")
        >>> with TestClient(application(model)) as client:
        ...     client.post("/predict", json=[[1, 2], [3, 4]]).json()
        {'predictions': [3.0, 7.0]}
    """
    limits = Limits(
        body=positive_int("max_body", max_body),
        rows=positive_int("max_rows", max_rows),
        queue=positive_int("max_queue", max_queue),
        batch=positive_int("max_batch", max_batch),
        wait=number("max_wait", max_wait, at_least=0.0),
    )
    if reload is not None:
        number("reload", reload, above=0.0)
    metrics = Metrics()
    named = _named(models)
    slots = {name: Slot(name, source, limits, metrics, custom_objects) for name, source in named.items()}
    return _routed(Site(slots, metrics, limits, reload))


def _named(models: Any) -> dict[str, Any]:
    """Return models, and files as paths, by the names that clients call them."""
    if isinstance(models, Mapping):
        pairs = list(models.items())
    else:
        listed = list(models) if isinstance(models, list | tuple) else [models]
        pairs = [pair for each in listed for pair in (each.items() if isinstance(each, Mapping) else [(None, each)])]
    found: dict[str, Any] = {}
    for name, source in pairs:
        is_file = isinstance(source, str | Path)
        source = Path(source) if is_file else source
        if name is None:
            own = source.stem if is_file else getattr(source, "name", None) or snake_case(type(source).__name__)
            name = re.sub(r"[^\w.-]+", "-", own)
        if not isinstance(name, str) or not re.fullmatch(r"[\w.-]+", name):
            raise ValueError(f"A model cannot be called {name!r} in an address. Use letters, digits, '-', '_' and '.'.")
        if name in found:
            raise ValueError(f"Two models are called {name!r}. Pass a dict with a name for each.")
        found[name] = source
    if not found:
        raise ValueError("There is no model. Pass at least one.")
    return found


def _routed(site: Site) -> FastAPI:
    """Return the application with its routes."""
    app = FastAPIOffline(
        title="Hornet",
        version=hornet.version(),
        redoc_url=None,
        lifespan=site.running,
        swagger_ui_parameters={"docExpansion": "full"},
    )
    app.state.site = site

    async def predict(request: Request) -> Response:
        return await site.predict(request.path_params["name"], request)

    async def predict_by_the_only(request: Request) -> Response:
        if len(site.slots) > 1:
            raise Refusal(404, f"There are several models. Send to /models/NAME/predict, of {', '.join(site.slots)}.")
        return await site.predict(next(iter(site.slots)), request)

    async def live(_: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def ready(_: Request) -> Response:
        return JSONResponse(site.health(), 200 if site.is_ready else 503)

    async def metrics(_: Request) -> Response:
        return Response(site.metrics.text(), media_type=CONTENT_TYPE)

    async def root(_: Request) -> Response:
        return RedirectResponse("docs")

    # Plain routes: FastAPI would look for arguments in each request, and these read it themselves.
    app.add_route("/models/{name}/predict", predict, methods=["POST"], include_in_schema=False)
    app.add_route("/predict", predict_by_the_only, methods=["POST"], include_in_schema=False)
    for path, answer_ in (("/health/live", live), ("/health/ready", ready), ("/metrics", metrics), ("/", root)):
        app.add_route(path, answer_, methods=["GET"], include_in_schema=False)

    @app.exception_handler(Refusal)
    async def refuse(_: Request, refusal: Refusal) -> JSONResponse:
        return JSONResponse({"detail": refusal.detail}, refusal.status, refusal.headers)

    app.openapi = lambda: description(app.title, app.version, site.slots)  # pyright: ignore[reportAttributeAccessIssue]
    return app
