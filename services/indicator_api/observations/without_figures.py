"""Of several indicators those without figures: a reason for each, and one for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.observations.helping import first_releases
from services.indicator_api.observations.plan import FigureDefinition
from services.shared.paging import Reason
from services.shared.principal import Principal

# reasons that are told one after the other where there is nothing at all; notes tell all
_MOST_REASONS = 4


@dataclass(frozen=True, slots=True)
class Without:
    """A definition that nothing answers for, and why."""

    definition: FigureDefinition
    reason: Reason

    @property
    def note(self) -> dict[str, Any]:
        """The reason as a note of an answer that has other figures."""
        return {
            "code": self.reason.code,
            "indicator": self.definition.code,
            "breakdown": self.definition.breakdown,
            "detail": self.reason.detail,
            "suggestion": self.reason.suggestion,
        }


def reason_for_all(without: Sequence[Without]) -> Reason:
    """Why there is nothing at all; `without` holds at least one."""
    first = without[0].reason
    details = list(dict.fromkeys(item.reason.detail for item in without))
    if len(details) == 1:
        return first
    more = len(details) - _MOST_REASONS
    words = " ".join(details[:_MOST_REASONS])
    suggestions = {item.reason.suggestion for item in without}
    return Reason(
        code=first.code,
        detail=f"{words} Ebenso ohne Zahlen: {more} weitere." if more > 0 else words,
        suggestion=first.suggestion if len(suggestions) == 1 else None,
    )


async def told_by_then(
    session: AsyncSession, as_of: date | None, without: Sequence[Without]
) -> list[Without]:
    """Who asks for what was known before anything was released learns when the first was."""
    asked = [item for item in without if item.reason.code == "nothing_released"]
    if as_of is None or not asked:
        return list(without)
    measures = {item.definition.numerator.measure_id for item in asked}
    first = await first_releases(session, list(measures))
    return [
        replace(item, reason=_by_then(item, as_of, first[item.definition.numerator.measure_id]))
        if item in asked and item.definition.numerator.measure_id in first
        else item
        for item in without
    ]


def _by_then(item: Without, as_of: date, first: date) -> Reason:
    name = item.definition.full_name
    return Reason(
        code="nothing_released_yet",
        detail=f"Zu „{name}“ war bis zum {as_of:%d.%m.%Y} nichts freigegeben, was Sie sehen "
        "dürfen.",
        suggestion=f"Die erste Freigabe ist vom {first:%d.%m.%Y}.",
    )


async def told_to_holder(
    session: AsyncSession, principal: Principal, without: Sequence[Without]
) -> list[Without]:
    """Who reads raw facts learns whether something was delivered; nobody else does."""
    asked = [item for item in without if item.reason.code == "nothing_released"]
    if not asked or not principal.has("facts:read_raw"):
        return list(without)
    rows = await session.execute(
        text(
            "SELECT m.id FROM unnest(CAST(:measures AS integer[])) AS m (id) WHERE EXISTS"
            " (SELECT FROM indicator.fact AS f WHERE f.measure_id = m.id AND f.dataset_id IN"
            " (SELECT d.id FROM indicator.dataset AS d"
            " WHERE d.holder_organisation_id = :organisation))"
        ),
        {
            "organisation": principal.organisation_id,
            # the denominator is often another holder's, and there for other indicators
            "measures": list({item.definition.numerator.measure_id for item in asked}),
        },
    )
    delivered = set(rows.scalars())
    return [replace(item, reason=_of_holder(item, delivered)) for item in without]


def _of_holder(item: Without, delivered: set[int]) -> Reason:
    if item.reason.code != "nothing_released":
        return item.reason
    name = item.definition.full_name
    if item.definition.numerator.measure_id in delivered:
        return Reason(
            code="nothing_released",
            detail=f"Zu „{name}“ ist geliefert, aber noch nichts freigegeben.",
            suggestion="Bereiten Sie eine Freigabe vor.",
        )
    return Reason(
        code="nothing_delivered",
        detail=f"Zu „{name}“ ist noch nichts geliefert.",
        suggestion="Liefern Sie eine Datei mit den Zahlen.",
    )
