"""HTTP of the controlled lists: topics and phases."""

from typing import Annotated

from services.consultation_api.topics import service
from services.consultation_api.topics.schemas import CodeRead
from services.shared.auth import Requires
from services.shared.paging import Page
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession

router = feature_router("Themen und Phasen")
Reader = Annotated[Principal, Requires("cases:read")]


@router.get("/topics")
async def list_topics(_principal: Reader, session: ReadSession) -> Page[CodeRead]:
    """The topics of advice."""
    return Page(items=await service.list_topics(session))


@router.get("/phases")
async def list_phases(_principal: Reader) -> Page[CodeRead]:
    """The phases of a case."""
    return Page(items=service.list_phases())
