"""The page `/docs`: the service's OpenAPI document to read and try, from files of our own.

FastAPI's page loads its script from a foreign host; ours makes no request beyond the service.
"""

from html import escape
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from services.shared.auth import Public
from services.shared.principal import Principal

OPENAPI_URL = "/v1/openapi.json"
_STATIC = Path(__file__).parent / "static"
_HEADERS = {
    # The vendored style sheet draws its icons as data URLs.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="docs/static/swagger-ui/swagger-ui.css">
<link rel="icon" href="data:,">
</head>
<body>
<div id="documentation" data-openapi="{openapi}"></div>
<noscript><p lang="de">Ohne JavaScript: <a href="{openapi}">das OpenAPI-Dokument</a>.</p></noscript>
<script src="docs/static/swagger-ui/swagger-ui-bundle.js"></script>
<script src="docs/static/docs.js"></script>
</body>
</html>
"""

router = APIRouter(tags=["Betrieb"])


@router.get("/docs", include_in_schema=False)
async def docs(_principal: Annotated[Principal, Public()], request: Request) -> HTMLResponse:
    """The documentation page."""
    # Relative, so that the page also works behind a proxy that adds a path.
    page = _PAGE.format(title=escape(request.app.title), openapi=OPENAPI_URL.lstrip("/"))
    return HTMLResponse(page, headers=_HEADERS)


def install_documentation(app: FastAPI) -> None:
    """Add the page and its files."""
    app.include_router(router)
    app.mount("/docs/static", StaticFiles(directory=_STATIC), name="documentation")
