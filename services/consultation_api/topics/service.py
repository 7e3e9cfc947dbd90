"""Use cases of topics."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.refusals import invalid
from services.consultation_api.topics import repository
from services.consultation_api.topics.rules import PHASE_DESCRIPTIONS, PHASE_LABELS
from services.consultation_api.topics.schemas import CodeRead
from services.consultation_api.wire import Coded


async def list_topics(session: AsyncSession) -> list[CodeRead]:
    """All topics in their order."""
    return [CodeRead.model_validate(topic) for topic in await repository.list_topics(session)]


def list_phases() -> list[CodeRead]:
    """The phases in their order."""
    return [
        CodeRead(code=code, label=label, description=PHASE_DESCRIPTIONS[code])
        for code, label in PHASE_LABELS.items()
    ]


async def labels(session: AsyncSession) -> dict[str, str]:
    """The label of each topic by its code."""
    return {topic.code: topic.label for topic in await repository.list_topics(session)}


def coded(codes: Sequence[str], labels_by_code: Mapping[str, str]) -> list[Coded]:
    """Codes with their labels."""
    return [Coded(code=code, label=labels_by_code[code]) for code in codes]


async def require_known(session: AsyncSession, codes: Sequence[str]) -> None:
    """Raise `Invalid` (422 `topic_unknown`) if one of the codes is no topic."""
    known = await labels(session)
    unknown = [code for code in codes if code not in known]
    if unknown:
        detail = (
            f"Diese Themen gibt es nicht: {', '.join(unknown)}. Möglich sind: {', '.join(known)}."
        )
        raise invalid("topics", "topic_unknown", detail)
