"""Requests that are refused."""

from __future__ import annotations

from collections.abc import Mapping


class Refusal(Exception):
    """A request that is not answered with predictions.

    Args:
        status: The status code of HTTP.
        detail: A sentence on what is wrong and one on what to do.
        headers: Headers of the answer.
    """

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
