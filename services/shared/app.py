"""Assembly of a service: settings, database, queue, files, routes, errors, logs, metrics."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from services.shared import health
from services.shared.auth import OpenToAll, RequiresRight
from services.shared.body_limit import BodyLimit
from services.shared.database import Database
from services.shared.documentation import OPENAPI_URL, install_documentation
from services.shared.error_handlers import install_error_handlers, on_crash
from services.shared.jobs import JobQueue
from services.shared.logging import configure_logging
from services.shared.middleware import Metrics, RequestContext
from services.shared.objects import open_store
from services.shared.settings import ServiceSettings
from services.shared.streaming import StreamPlaces

API_VERSION = "0.1.0"
# files that are compressed in themselves
_COMPRESSED = (
    *DEFAULT_EXCLUDED_CONTENT_TYPES,
    "application/vnd.apache.parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)


@dataclass(frozen=True, slots=True)
class ServiceDescription:
    """How a service names itself in its documentation and its logs."""

    name: str
    title: str
    summary: str


def demanded_rights(route: APIRoute) -> list[str]:
    """The rights a route names (`public` if it is open to all)."""
    rights = []
    for dependency in route.dependant.dependencies:
        if isinstance(dependency.call, RequiresRight):
            rights.append(dependency.call.right)
        elif isinstance(dependency.call, OpenToAll):
            rights.append("public")
    return rights


def refuse_undeclared_routes(app: FastAPI) -> None:
    """Deny by default: raise unless every route names exactly one right or is marked public."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and len(demanded_rights(route)) != 1:
            raise RuntimeError(f"{context.path} must name exactly one right (Requires or Public)")


def equip(app: FastAPI, settings: ServiceSettings) -> None:
    """Give the application its settings and what they lead to: database and store of files."""
    app.state.settings = settings
    app.state.database = Database(
        settings.database_url.get_secret_value(),
        pool_size=settings.database_pool_size,
        statement_timeout_ms=settings.statement_timeout_ms,
    )
    app.state.stream_places = StreamPlaces()
    if settings.object_store_url:
        app.state.objects = open_store(settings.object_store_url)


def build_app(
    description: ServiceDescription,
    settings: ServiceSettings,
    routers: Sequence[APIRouter],
    upload_paths: Sequence[str] = (),
) -> FastAPI:
    """The service's ASGI application; nothing is connected before it starts.

    `upload_paths`: the routes that stream large bodies themselves (see `BodyLimit`).
    """
    configure_logging(description.name, settings.log_level)
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await app.state.database.close()

    app = FastAPI(
        title=description.title,
        summary=description.summary,
        version=API_VERSION,
        openapi_url=OPENAPI_URL,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
    )
    app.state.metrics = metrics
    app.state.jobs = JobQueue(description.name)
    equip(app, settings)
    app.include_router(health.router)
    install_documentation(app)
    for router in routers:
        app.include_router(router)
    install_error_handlers(app)
    app.add_middleware(BodyLimit, upload_paths=upload_paths)
    app.add_middleware(
        GZipMiddleware, minimum_size=1024, compresslevel=1, exclude_content_types=_COMPRESSED
    )
    app.add_middleware(RequestContext, metrics=metrics, on_crash=on_crash)
    refuse_undeclared_routes(app)
    return app
