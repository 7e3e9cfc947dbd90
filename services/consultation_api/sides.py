"""The two sides of a request or a case: the municipality that asked, the team that advises."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

Side = Literal["kommune", "beratung"]
Visibility = Literal["gemeinsam", "intern"]

SIDE_LABELS: dict[str, str] = {"kommune": "Kommune", "beratung": "Beratungsteam"}
VISIBILITY_LABELS: dict[str, str] = {"gemeinsam": "Gemeinsam", "intern": "Intern (nur das Team)"}


_OWN_COLUMN = {"kommune": "organisation_id", "beratung": "team_organisation_id"}


def side_of_kind(organisation_kind: str) -> Side:
    """The side on which an organisation of this kind stands in all its records.

    Requests go to a Landesberatung, and none comes from one: the database sees to both.
    """
    return "beratung" if organisation_kind == "landesberatung" else "kommune"


def own_column(side: Side) -> str:
    """The column in which a side's own organisation stands."""
    return _OWN_COLUMN[side]


def other_side(side: Side) -> Side:
    """The one across the table."""
    return "beratung" if side == "kommune" else "kommune"


@dataclass(frozen=True, slots=True)
class Parties:
    """Whose record it is."""

    organisation_id: UUID
    team_organisation_id: UUID

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Parties":
        """The two sides of a row."""
        return cls(row["organisation_id"], row["team_organisation_id"])

    def side_of(self, organisation_id: UUID | None) -> Side:
        """The side on which an organisation that may see the record stands."""
        return "beratung" if organisation_id == self.team_organisation_id else "kommune"

    def columns(self) -> dict[str, UUID]:
        """The two sides as columns of a row."""
        return {
            "organisation_id": self.organisation_id,
            "team_organisation_id": self.team_organisation_id,
        }
