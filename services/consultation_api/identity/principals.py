"""Principals that this service makes itself, before or beside a request's own."""

from uuid import UUID

from services.shared.principal import Principal


def acting_as(account_id: UUID, organisation_id: UUID | None = None) -> Principal:
    """The account itself with no right at all: it sees and changes what is its own."""
    return Principal(
        subject_id=account_id,
        subject_kind="account",
        subject_name="",
        organisation_id=organisation_id,
        organisation_name="",
        organisation_kind="",
        administration_id=None,
        roles=(),
        rights=frozenset(),
        area_codes=(),
        audiences=frozenset({"public"}),
    )
