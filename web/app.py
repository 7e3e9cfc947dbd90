"""The web layer's application: `uvicorn --factory web.app:create_app`."""

import pkgutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.util import find_spec

import httpx
from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from web import operations, pages
from web.error_pages import add_error_pages, on_crash
from web.logging import configure_logging
from web.middleware import Metrics, RequestFrame
from web.navigation import ADMINISTRATION, MAIN, entries_that_exist
from web.services import open_services
from web.settings import WebSettings
from web.statics import PREFIX, StaticAssets
from web.templating import make_environment

_OPEN_PATHS = frozenset({"areas"})


def create_app(
    settings: WebSettings | None = None,
    transports: Mapping[str, httpx.AsyncBaseTransport] | None = None,
) -> FastAPI:
    """The application. `transports` (by service name) puts services in process for tests."""
    settings = settings or WebSettings()
    configure_logging(settings.log_level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.services = open_services(settings, transports)
        yield
        await app.state.services.aclose()

    app = FastAPI(
        title="Quartierblick", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None
    )
    assets = StaticAssets(is_development=settings.is_development)
    app.state.settings = settings
    app.state.metrics = Metrics()
    app.state.templates = make_environment(settings, assets.url)
    app.mount(PREFIX, assets, name="static")
    app.include_router(operations.router)
    for router in page_routers():
        app.include_router(router)
    app.state.main_entries = entries_that_exist(app, MAIN)
    app.state.administration_entries = entries_that_exist(app, ADMINISTRATION)
    add_error_pages(app)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=1)
    app.add_middleware(
        RequestFrame,
        metrics=app.state.metrics,
        has_secure_cookies=settings.has_secure_cookies,
        on_crash=on_crash,
    )
    return app


def page_routers() -> list[APIRouter]:
    """`router` of every `web/pages/<area>/routes.py`, in the order of the areas' names.

    Pages whose paths leave a name open come last: /gebiete/{code} must not take what others say.
    """
    routers: list[APIRouter] = []
    names = (module.name for module in pkgutil.iter_modules(pages.__path__))
    for area in sorted(names, key=lambda name: (name in _OPEN_PATHS, name)):
        name = f"{pages.__name__}.{area}.routes"
        if find_spec(name) is not None:
            routers.append(import_module(name).router)
    return routers
