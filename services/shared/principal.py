"""Who acts: the account, API key or member of the public behind a request or a job."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

PUBLIC_RIGHTS = frozenset({"areas:read", "indicators:read", "observations:read"})


@dataclass(frozen=True, slots=True)
class Principal:
    """The subject of one request, with the rights it holds at this moment.

    `rights` are codes such as `deliveries:create`; `area_codes` the roots of the areas it may
    act on (the areas below are included); `audiences` the readerships it belongs to, as they
    stand in `indicator.release_series.audience_key`.
    """

    subject_id: UUID | None
    subject_kind: str
    subject_name: str
    organisation_id: UUID | None
    organisation_name: str
    organisation_kind: str
    administration_id: UUID | None
    roles: tuple[str, ...]
    rights: frozenset[str]
    area_codes: tuple[str, ...]
    audiences: frozenset[str]
    session_id: UUID | None = None

    def has(self, right: str) -> bool:
        """Whether the principal holds the right with this code."""
        return right in self.rights

    @property
    def is_public(self) -> bool:
        """Whether nobody is logged in."""
        return self.subject_id is None

    def to_job(self) -> dict[str, Any]:
        """The principal as JSON values, to act later in its name (see `from_job`)."""
        return {
            "subject_id": _string(self.subject_id),
            "subject_kind": self.subject_kind,
            "subject_name": self.subject_name,
            "organisation_id": _string(self.organisation_id),
            "organisation_name": self.organisation_name,
            "organisation_kind": self.organisation_kind,
            "administration_id": _string(self.administration_id),
            "roles": list(self.roles),
            "rights": sorted(self.rights),
            "area_codes": list(self.area_codes),
            "audiences": sorted(self.audiences),
        }

    @classmethod
    def from_job(cls, values: dict[str, Any]) -> "Principal":
        """The principal that `to_job` wrote down."""
        return cls(
            subject_id=_uuid(values["subject_id"]),
            subject_kind=values["subject_kind"],
            subject_name=values["subject_name"],
            organisation_id=_uuid(values["organisation_id"]),
            organisation_name=values["organisation_name"],
            organisation_kind=values["organisation_kind"],
            administration_id=_uuid(values["administration_id"]),
            roles=tuple(values["roles"]),
            rights=frozenset(values["rights"]),
            area_codes=tuple(values["area_codes"]),
            audiences=frozenset(values["audiences"]),
        )


PUBLIC = Principal(
    subject_id=None,
    subject_kind="public",
    subject_name="",
    organisation_id=None,
    organisation_name="",
    organisation_kind="",
    administration_id=None,
    roles=(),
    rights=PUBLIC_RIGHTS,
    area_codes=(),
    audiences=frozenset({"public"}),
)

_SET_PRINCIPAL = text(
    "SELECT set_config('qb.subject_id', :subject_id, true),"
    " set_config('qb.organisation_id', :organisation_id, true),"
    " set_config('qb.administration_id', :administration_id, true),"
    " set_config('qb.rights', :rights, true),"
    " set_config('qb.audiences', :audiences, true),"
    " set_config('qb.area_codes', :area_codes, true)"
)


async def set_principal(session: AsyncSession | AsyncConnection, principal: Principal) -> None:
    """Tell the database who acts, until the end of the current transaction.

    The row-level policies read these settings; without them they show no row.
    """
    await session.execute(
        _SET_PRINCIPAL,
        {
            "subject_id": _string(principal.subject_id) or "",
            "organisation_id": _string(principal.organisation_id) or "",
            "administration_id": _string(principal.administration_id) or "",
            "rights": ",".join(sorted(principal.rights)),
            "audiences": ",".join(sorted(principal.audiences)),
            "area_codes": ",".join(principal.area_codes),
        },
    )


def _string(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _uuid(value: str | None) -> UUID | None:
    return None if value is None else UUID(value)
