"""Parts of a page that may fail without taking the page with them."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import ValidationError

from web.clients.base import ServiceProblem, ServiceUnavailable
from web.logging import get_logger

T = TypeVar("T")

_log = get_logger("web.panels")


@dataclass(frozen=True, slots=True)
class Panel(Generic[T]):
    """`value` when it could be read; `failure` is then None, else a German sentence."""

    value: T | None
    failure: str | None = None


async def panel(reading: Awaitable[T], name: str) -> Panel[T]:
    """Read one part of a page. `name` says in German what is missing if it fails.

    An ended session is no failed panel: it goes on to the login.
    """
    try:
        return Panel(await reading)
    except ServiceProblem as problem:
        if problem.ends_session:
            raise
        _log.warning("panel_refused", panel=name, code=problem.code, status=problem.status)
        if problem.status >= 500:
            return Panel(None, f"{name} sind gerade nicht zu lesen, weil ein Dienst gestört ist.")
        return Panel(None, f"{name}: {problem.detail or problem.title}")
    except ServiceUnavailable as error:
        _log.warning("panel_unavailable", panel=name, service=error.service, reason=error.reason)
        return Panel(None, f"{name} sind gerade nicht zu lesen, weil ein Dienst nicht antwortet.")
    except ValidationError as error:
        _log.error("panel_unreadable", panel=name, faults=error.error_count(), exc_info=True)
        return Panel(None, f"{name} sind gerade nicht zu lesen, weil ein Dienst gestört ist.")
