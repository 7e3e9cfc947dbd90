"""From rows of cases to what the two sides read."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.cases.rules import STATE_LABELS, allowed_changes
from services.consultation_api.cases.schemas import (
    Advisor,
    AllowedState,
    CaseBrief,
    CaseCounts,
    NextStep,
    RequestReference,
)
from services.consultation_api.requests.documents import advising, asking
from services.consultation_api.sides import Parties, Side
from services.consultation_api.topics import service as topics
from services.consultation_api.topics.rules import PHASE_LABELS
from services.consultation_api.wire import Coded
from services.shared.principal import Principal


async def documents(
    session: AsyncSession, principal: Principal, rows: Sequence[Mapping[str, Any]]
) -> list[CaseBrief]:
    """The cases of these rows as lists show them."""
    if not rows:
        return []
    labels = await topics.labels(session)
    return [_document(row, principal, labels) for row in rows]


def _document(row: Mapping[str, Any], principal: Principal, labels: Mapping[str, str]) -> CaseBrief:
    side = Parties.of(row).side_of(principal.organisation_id)
    return CaseBrief(
        id=row["id"],
        reference=row["reference"],
        title=row["title"],
        state=Coded(code=row["state"], label=STATE_LABELS[row["state"]]),
        allowed_states=_allowed(row, side),
        phase=Coded(code=row["phase"], label=PHASE_LABELS[row["phase"]]),
        organisation=asking(row),
        team=advising(row),
        advisor=_advisor(row),
        topics=topics.coded(row["topics"], labels),
        area_codes=row["area_codes"],
        my_side=side,
        request=RequestReference(id=row["request_id"], reference=row["request_reference"]),
        opened_at=row["opened_at"],
        next_step=_next_step(row),
        counts=CaseCounts(**{name: row[name] for name in CaseCounts.model_fields}),
        created_at=row["opened_at"],
        last_activity_at=row["last_activity_at"],
        version=row["row_version"],
    )


def _allowed(row: Mapping[str, Any], side: Side) -> list[AllowedState]:
    return [
        AllowedState(
            code=change.to_state,
            label=STATE_LABELS[change.to_state],
            needs_reason=change.needs_reason,
            hint=change.hint,
        )
        for change in allowed_changes(row["state"], side)
    ]


def _advisor(row: Mapping[str, Any]) -> Advisor | None:
    if row["advisor_id"] is None:
        return None
    return Advisor(id=row["advisor_id"], name=row["advisor_name"])


def _next_step(row: Mapping[str, Any]) -> NextStep | None:
    if row["next_id"] is None:
        return None
    return NextStep(
        task_id=row["next_id"],
        title=row["next_title"],
        due_on=row["next_due_on"],
        side=row["next_side"],
    )
