"""Models behind HTTP: typed requests, batches, health, metrics, and files that are replaced while they are served."""

from hornet.core.imports import optional_module, publish

for _name in ("fastapi", "uvicorn", "prometheus_client", "pyarrow", "fastapi_offline"):
    optional_module(_name, "serve")

from hornet.serving.application import application  # noqa: E402  (the check above words the error)
from hornet.serving.server import serve  # noqa: E402

__all__ = ["application", "serve"]

publish(__name__, __all__)
