"""Applications built once a test process and lent to one world after the other.

Building one takes longer than most tests: every route is analysed anew, and the web compiles
its templates. What an application works with (database, files, services) is never the last one's.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI

from services.shared.app import equip
from services.shared.settings import ServiceSettings
from web.app import create_app as create_web
from web.services import open_services
from web.settings import WebSettings

_idle: dict[Callable[..., FastAPI], list[FastAPI]] = defaultdict(list)
_idle_webs: list[FastAPI] = []


@asynccontextmanager
async def lent_service(
    build: Callable[[Any], FastAPI], settings: ServiceSettings
) -> AsyncIterator[FastAPI]:
    """A service as `build(settings)` makes it, nobody else's until the end."""
    idle = _idle[build]
    if idle:
        app = idle.pop()
        equip(app, settings)
    else:
        app = build(settings)
    try:
        yield app
    finally:
        await app.state.database.close()
        idle.append(app)


@asynccontextmanager
async def lent_web(
    settings: WebSettings, transports: Mapping[str, httpx.AsyncBaseTransport]
) -> AsyncIterator[FastAPI]:
    """The web layer over the services behind these transports, nobody else's until the end."""
    fitting = [app for app in _idle_webs if app.state.settings is settings]
    if fitting:
        app = fitting[0]
        _idle_webs.remove(app)
    else:
        app = create_web(settings)
    app.state.services = open_services(settings, transports)
    try:
        yield app
    finally:
        await app.state.services.aclose()
        _idle_webs.append(app)
