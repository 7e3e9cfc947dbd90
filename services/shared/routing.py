"""Routes that refuse query parameters they do not know, instead of ignoring them."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.responses import Response

from services.shared.problems import FieldError, Invalid


def _query_names(dependant: Dependant) -> Iterator[str]:
    for parameter in dependant.query_params:
        yield parameter.alias
    for dependency in dependant.dependencies:
        yield from _query_names(dependency)


class StrictRoute(APIRoute):
    """A route whose unknown query parameters are a 422 that lists the known ones."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler behind the check of the parameters' names."""
        handle = super().get_route_handler()
        known = sorted(set(_query_names(self.dependant)))

        async def handle_strictly(request: Request) -> Response:
            unknown = sorted(set(request.query_params) - set(known))
            if unknown:
                offered = ", ".join(known) or "keine"
                raise Invalid(
                    "unknown_parameter",
                    f"Diese Angaben kennt der Aufruf nicht: {', '.join(unknown)}. "
                    f"Möglich sind: {offered}.",
                    errors=[
                        FieldError(name, "unknown_parameter", f"Möglich sind: {offered}.")
                        for name in unknown
                    ],
                )
            return await handle(request)

        return handle_strictly


def feature_router(tag: str) -> APIRouter:
    """The router of one feature: its routes under `/v1`, grouped in the documentation by `tag`."""
    return APIRouter(prefix="/v1", tags=[tag], route_class=StrictRoute)
