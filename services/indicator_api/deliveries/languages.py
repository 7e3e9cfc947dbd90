"""The language an answer about a delivery is wanted in: German or English."""

from typing import Annotated

from fastapi import Query, Request, Response

from services.indicator_api.deliveries.schemas import Language
from services.shared.negotiation import choose_language

Lang = Annotated[
    Language | None, Query(description="Sprache; sonst nach dem Kopf „Accept-Language“")
]


def language_of(request: Request, asked: Language | None) -> Language:
    """The language asked for by parameter, else by header; German without either."""
    chosen = choose_language(request.headers.get("accept-language"), asked)
    return "en" if chosen == "en" else "de"


def tell_language(response: Response, language: Language) -> None:
    """Name the language, and that the answer depends on what was asked for."""
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept, Accept-Language, Authorization"
