"""Use case of earlier states of knowledge: a dataset's raw facts as they were known on a day."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.datasets.models import Dataset
from services.indicator_api.delegations.service import get_raw_dataset
from services.indicator_api.deliveries.schemas import DatasetReference
from services.indicator_api.revisions import known_facts, repository
from services.indicator_api.revisions.known_facts import COLUMNS, KnownFilter
from services.indicator_api.revisions.schemas import KnownFact, KnownFacts
from services.indicator_api.revisions.service import period_id
from services.shared.csv_file import CsvWriter, Dialect
from services.shared.database import Database
from services.shared.paging import Reason, cut, decode_cursor, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import FieldError, Invalid, NotFound
from services.shared.streaming import StreamPlaces

_GERMANY = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, slots=True)
class KnownQuestion:
    """Which facts of a dataset, and as of when; `as_of` is a day or a moment (ISO 8601)."""

    dataset: str
    as_of: str | None = None
    measures: Sequence[str] = ()
    areas: Sequence[str] = ()
    periods: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The dataset and what of it is asked for; `before` is the first moment too late."""

    dataset: Dataset
    wanted: KnownFilter
    before: datetime | None


def moment_after(as_of: str) -> datetime:
    """The first moment after what `as_of` names; raises `Invalid` if it names none.

    A day (`2024-05-31`) ends at midnight in Germany; a moment needs its time zone.
    """
    try:
        if len(as_of) == 10:
            following = date.fromisoformat(as_of) + timedelta(days=1)
            return datetime.combine(following, time.min, _GERMANY).astimezone(UTC)
        moment = datetime.fromisoformat(as_of)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC) + timedelta(microseconds=1)
    except (ValueError, OverflowError):
        pass
    detail = (
        f"„{as_of}“ ist kein Tag (JJJJ-MM-TT) und kein Zeitpunkt mit Zeitzone "
        "(JJJJ-MM-TTThh:mm:ss+01:00)."
    )
    raise Invalid("as_of_unreadable", detail, errors=[FieldError("as_of", "unreadable", detail)])


async def find_knowledge(
    session: AsyncSession, principal: Principal, question: KnownQuestion
) -> Knowledge:
    """What the question names; raises `NotFound` for a dataset that is not one's own."""
    dataset = await get_raw_dataset(session, principal, question.dataset)
    before = None if question.as_of is None else moment_after(question.as_of)
    measures = await repository.measure_ids(session, list(question.measures))
    for code in question.measures:
        if code not in measures:
            raise NotFound("measure_unknown", f"Die Messgröße „{code}“ gibt es nicht.")
    areas = await repository.area_ids(session, list(question.areas)) if question.areas else {}
    wanted = KnownFilter(
        dataset.id,
        before,
        measure_ids=list(measures.values()) if question.measures else None,
        area_ids=[item for ids in areas.values() for item in ids] if question.areas else None,
        period_ids=[period_id(code) for code in question.periods] or None,
    )
    return Knowledge(dataset, wanted, before)


async def list_facts(
    session: AsyncSession, knowledge: Knowledge, cursor: str | None, limit: int
) -> KnownFacts:
    """One page of facts; an empty one says why."""
    after = decode_cursor(cursor, int, int, int, int)
    rows = await known_facts.list_known(session, knowledge.wanted, after, limit + 1)
    shown, has_more = cut(rows, limit)
    dataset = knowledge.dataset
    page = KnownFacts(
        dataset=DatasetReference(code=dataset.code, title=dataset.title),
        before=knowledge.before,
        items=[KnownFact.model_validate(row) for row in shown],
    )
    if has_more:
        parts = ("period_id", "measure_id", "breakdown_id", "area_id")
        page.next = encode_cursor(*(shown[-1][part] for part in parts))
    if not shown and cursor is None:
        page.reason = await _why_none(session, knowledge)
    return page


async def _why_none(session: AsyncSession, knowledge: Knowledge) -> Reason:
    first = await known_facts.first_known(session, knowledge.dataset.id)
    if first is None:
        return Reason(
            code="nothing_delivered",
            detail=f"In „{knowledge.dataset.title}“ liegt noch keine Zahl.",
            suggestion="Liefern Sie zuerst.",
        )
    if knowledge.before is not None and first >= knowledge.before:
        return Reason(
            code="nothing_known_yet",
            detail=f"Zu diesem Zeitpunkt lag in „{knowledge.dataset.title}“ noch keine Zahl.",
            suggestion=f"Die erste Lieferung kam am {first.astimezone(_GERMANY):%d.%m.%Y um %H:%M} "
            "Uhr.",
        )
    return Reason(
        code="no_fact",
        detail="Zu dieser Auswahl liegt im Datenbestand keine Zahl.",
        suggestion="Lassen Sie eine Angabe weg.",
    )


async def stream_csv(
    database: Database,
    places: StreamPlaces,
    principal: Principal,
    knowledge: Knowledge,
    dialect: Dialect,
) -> AsyncGenerator[bytes, None]:
    """All facts as CSV, piece by piece, with the delivery that each came with."""
    writer = CsvWriter(dialect)
    async with (
        places.taken(),
        database.file_session(principal) as session,
        aclosing(known_facts.stream_known(session, knowledge.wanted)) as parts,
    ):
        piece = writer.head(COLUMNS)
        async for rows in parts:
            yield piece + writer.rows(rows)
            piece = b""
        if piece:
            yield piece
