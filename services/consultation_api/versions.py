"""Changes start from the version that was read; a stale one is shown what is there now."""

from collections.abc import Awaitable, Callable

from fastapi import Request
from pydantic import BaseModel

from services.shared.etags import require_match
from services.shared.problems import PreconditionFailed


async def require_current(
    request: Request, version: int, read_current: Callable[[], Awaitable[BaseModel]]
) -> None:
    """Raise unless `If-Match` names the version.

    Raises `PreconditionRequired` (428) without the header, and `PreconditionFailed` (412) with
    the record as it is now in `current`, so that nothing typed is lost and both can be compared.
    """
    try:
        require_match(request, version)
    except PreconditionFailed as stale:
        stale.extra["current"] = (await read_current()).model_dump(mode="json")
        raise
