"""Use case of revisions: what changed, for the office that holds the facts and for readers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.areas.rules import candidates_for_lost_zero
from services.indicator_api.datasets.service import get_dataset
from services.indicator_api.delegations.service import may_read_raw
from services.indicator_api.indicators.service import get_indicator
from services.indicator_api.periods.rules import parse_period
from services.indicator_api.releases.rules import AUDIENCE_LABELS
from services.indicator_api.revisions import repository
from services.indicator_api.revisions.repository import RevisionFilter
from services.indicator_api.revisions.schemas import Basis, Revision, RevisionPage
from services.shared.paging import Reason, cut, decode_cursor, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import FieldError, Forbidden, Invalid, NotFound

RAW = "facts:read_raw"
BASIS_LABELS: dict[Basis, str] = {
    "delivered": "Änderungen der gelieferten Zahlen, wie die führende Stelle sie sieht",
    "released": "Änderungen der freigegebenen Zahlen",
}


@dataclass(frozen=True, slots=True)
class RevisionQuestion:
    """Whose revisions are asked for; everything may be left out."""

    dataset: str | None = None
    indicators: Sequence[str] = ()
    measures: Sequence[str] = ()
    areas: Sequence[str] = ()
    periods: Sequence[str] = ()
    basis: Basis | None = None


async def list_revisions(
    session: AsyncSession,
    principal: Principal,
    question: RevisionQuestion,
    cursor: str | None,
    limit: int,
) -> RevisionPage:
    """One page of revisions, newest first; an empty one says why."""
    after = decode_cursor(cursor, datetime, int, int, int, int, int)
    wanted, reason = await find_filter(session, question)
    basis = await _basis(session, principal, question, wanted)
    page = RevisionPage(items=[], basis=basis, basis_label=BASIS_LABELS[basis])
    if reason is None:
        read = repository.list_delivered if basis == "delivered" else repository.list_released
        rows = await read(session, wanted, after, limit + 1)
        shown, has_more = cut(rows, limit)
        page.items = [_revision(row, principal) for row in shown]
        if has_more:
            page.next = encode_cursor(*_place(shown[-1]))
        if not shown and cursor is None:
            reason = _none(basis)
    page.reason = reason
    return page


def _place(row: dict[str, Any]) -> list[Any]:
    parts = ("measure_id", "period_id", "breakdown_id", "area_id")
    return [row["at"], row["owner_id"], *(row[part] for part in parts)]


def _revision(row: dict[str, Any], principal: Principal) -> Revision:
    release = row["release"]
    if release is not None:
        release["audience_label"] = AUDIENCE_LABELS[release["audience"]]
        if row["holder_organisation_id"] != principal.organisation_id:
            # who published and what they noted down is the holder's affair
            release |= {"note": "", "published_by": None}
    return Revision.model_validate(row | {"release": release})


async def _basis(
    session: AsyncSession,
    principal: Principal,
    question: RevisionQuestion,
    wanted: RevisionFilter,
) -> Basis:
    """Of raw facts for who may read them, unless asked otherwise; else of releases."""
    if question.basis == "released":
        return "released"
    if not principal.has(RAW):
        if question.basis == "delivered":
            raise Forbidden(
                "right_missing",
                "Änderungen der gelieferten Zahlen zeigt die Plattform nur der Stelle, die sie "
                f"führt; dafür fehlt das Recht „{RAW}“.",
                right=RAW,
            )
        return "released"
    if question.dataset is not None:
        dataset = await get_dataset(session, question.dataset)
        is_own = await may_read_raw(session, principal, dataset)
        if question.basis == "delivered" and not is_own:
            raise NotFound(
                "dataset_not_yours",
                f"Ihre Organisation führt keinen Datenbestand „{question.dataset}“.",
                errors=[FieldError("dataset", "dataset_not_yours", "Nicht in Ihrer Führung.")],
            )
        return "delivered" if is_own else "released"
    if question.basis == "delivered":
        return "delivered"
    return "delivered" if await repository.holds_facts_of(session, wanted) else "released"


async def find_filter(
    session: AsyncSession, question: RevisionQuestion
) -> tuple[RevisionFilter, Reason | None]:
    """The ids of what is asked for; the reason if nothing can match it."""
    dataset_id = None
    if question.dataset is not None:
        dataset_id = (await get_dataset(session, question.dataset)).id
    parts = await _parts(session, question)
    periods = tuple(period_id(code) for code in question.periods) or None
    if not question.areas:
        return RevisionFilter(dataset_id, parts, None, periods), None
    found = await repository.area_ids(session, list(question.areas))
    ids = tuple(area_id for versions in found.values() for area_id in versions)
    unknown = [code for code in question.areas if code not in found]
    reason = _area_unknown(unknown[0]) if unknown and not ids else None
    return RevisionFilter(dataset_id, parts, ids, periods), reason


def _area_unknown(code: str) -> Reason:
    longer = candidates_for_lost_zero(code)
    hint = (
        None if longer is None else f"Fehlt die führende Null? Gemeint ist vielleicht „{longer}“."
    )
    return Reason(
        code="area_unknown",
        detail=f"Das Gebiet „{code}“ steht nicht im Verzeichnis.",
        suggestion=hint,
    )


def period_id(code: str) -> int:
    """The id of the period with this code; raises `Invalid` if it names none."""
    period = parse_period(code)
    if period is None:
        detail = f"„{code}“ ist keine Zeitangabe, die gelesen wird."
        raise Invalid(
            "period_unreadable", detail, errors=[FieldError("period", "period_unreadable", detail)]
        )
    return period.id


async def _parts(
    session: AsyncSession, question: RevisionQuestion
) -> tuple[tuple[int, int | None], ...] | None:
    """The measures asked for, and those that the indicators asked for are made of."""
    if not question.indicators and not question.measures:
        return None
    parts: list[tuple[int, int | None]] = []
    for code in question.indicators:
        indicator = await get_indicator(session, code)
        parts.append((indicator.numerator_measure_id, indicator.numerator_breakdown_id))
        if indicator.denominator_measure_id is not None:
            parts.append((indicator.denominator_measure_id, indicator.denominator_breakdown_id))
    found = await repository.measure_ids(session, list(question.measures))
    for code in question.measures:
        if code not in found:
            raise NotFound("measure_unknown", f"Die Messgröße „{code}“ gibt es nicht.")
        parts.append((found[code], None))
    return tuple(dict.fromkeys(parts))


def _none(basis: Basis) -> Reason:
    if basis == "delivered":
        return Reason(
            code="nothing_changed",
            detail="Zu dieser Auswahl hat noch keine Lieferung eine frühere Zahl geändert.",
            suggestion="Eine erste Lieferung ändert nichts: Sie steht im Datenbestand selbst.",
        )
    return Reason(
        code="nothing_changed",
        detail="Von dem, was Sie sehen dürfen, hat zu dieser Auswahl noch keine Freigabe eine "
        "frühere Zahl geändert.",
        suggestion="Lassen Sie eine Angabe weg, oder fragen Sie die Stelle, die den Datenbestand "
        "führt.",
    )
