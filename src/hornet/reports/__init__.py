"""Reports on trained models: a page in HTML, and a model card."""

from typing import TYPE_CHECKING

from hornet.core.imports import publish

if TYPE_CHECKING:
    from hornet.reports.card import model_card
    from hornet.reports.page import report

__all__ = ["model_card", "report"]

_LATER = {"model_card": "hornet.reports.card", "report": "hornet.reports.page"}
publish(__name__, __all__, later=_LATER, extra="report")
