"""From rows of requests to what the two sides read."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.requests import repository
from services.consultation_api.requests.models import Agreement, RequestMessage
from services.consultation_api.requests.rules import OPEN_STATES, STATE_LABELS, may
from services.consultation_api.requests.schemas import (
    AgreementRead,
    Decision,
    MessageRead,
    RequestRead,
)
from services.consultation_api.sides import Parties
from services.consultation_api.topics import service as topics
from services.consultation_api.wire import Coded, OrganisationName
from services.shared.principal import Principal


async def documents(
    session: AsyncSession, principal: Principal, rows: Sequence[Mapping[str, Any]]
) -> list[RequestRead]:
    """The requests of these rows, with all that belongs to them, in three statements."""
    if not rows:
        return []
    ids = [row["id"] for row in rows]
    agreements = await repository.latest_agreements(session, ids)
    messages = await repository.messages(session, ids)
    labels = await topics.labels(session)
    return [
        _document(row, principal, agreements.get(row["id"]), messages.get(row["id"], []), labels)
        for row in rows
    ]


def _document(
    row: Mapping[str, Any],
    principal: Principal,
    agreement: Agreement | None,
    messages: Sequence[RequestMessage],
    labels: Mapping[str, str],
) -> RequestRead:
    side = Parties.of(row).side_of(principal.organisation_id)
    return RequestRead(
        id=row["id"],
        reference=row["reference"],
        state=Coded(code=row["state"], label=STATE_LABELS[row["state"]]),
        subject=row["subject"],
        text=row["text"],
        topics=topics.coded(row["topics"], labels),
        area_codes=row["area_codes"],
        organisation=asking(row),
        team=advising(row),
        created_by=row["created_by_name"],
        created_at=row["created_at"],
        my_side=side,
        may=may(row["state"], side),
        agreement=None if agreement is None else agreement_document(agreement),
        messages=[_message(message) for message in messages],
        decision=_decision(row),
        case_id=row["case_id"],
        version=row["row_version"],
    )


def asking(row: Mapping[str, Any]) -> OrganisationName:
    """The municipality of a row that was read with `NAME_COLUMNS`."""
    return OrganisationName(
        id=row["organisation_id"],
        name=row["organisation_name"],
        short_name=row["organisation_short_name"],
    )


def advising(row: Mapping[str, Any]) -> OrganisationName:
    """The team of a row that was read with `NAME_COLUMNS`."""
    return OrganisationName(
        id=row["team_organisation_id"], name=row["team_name"], short_name=row["team_short_name"]
    )


def agreement_document(agreement: Agreement) -> AgreementRead:
    """A version of an agreement on the wire."""
    return AgreementRead(
        version=agreement.version,
        text=agreement.text,
        proposed_by=agreement.proposed_by_name,
        proposed_at=agreement.proposed_at,
        consented_by=agreement.consented_by_name,
        consented_at=agreement.consented_at,
    )


def _message(message: RequestMessage) -> MessageRead:
    return MessageRead.model_validate(
        {
            "id": message.id,
            "side": message.side,
            "author": message.author_name,
            "text": message.text,
            "at": message.at,
        }
    )


def _decision(row: Mapping[str, Any]) -> Decision | None:
    if row["state"] in OPEN_STATES or row["decided_at"] is None:
        return None
    return Decision(reason=row["decision_reason"], by=row["decided_by_name"], at=row["decided_at"])
