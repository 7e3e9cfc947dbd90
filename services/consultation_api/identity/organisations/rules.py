"""What makes an organisation a possible one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from services.consultation_api.identity.area_codes import outside
from services.consultation_api.identity.faults import Fault

OrganisationKind = Literal[
    "kommune",
    "statistikstelle",
    "kreis",
    "landesberatung",
    "ministerium",
    "landesamt",
    "bewilligungsbehoerde",
    "betrieb",
]
KINDS: tuple[str, ...] = get_args(OrganisationKind)
ADMINISTRATIONS = ("kommune", "kreis")


@dataclass(frozen=True, slots=True)
class Parent:
    """What the rules need to know of the administration an organisation belongs to."""

    kind: str
    name: str
    area_codes: tuple[str, ...]


def faults(kind: str, area_codes: Sequence[str], parent: Parent | None) -> list[Fault]:
    """What is wrong with an organisation of this kind under this parent; empty if nothing.

    A Statistikstelle is a walled-off part of one administration (§ 16 BStatG, § 13 LStatG NRW),
    so it has a parent, and responsibility for nothing beyond it; no other kind has a parent.
    """
    found = []
    if kind == "statistikstelle" and parent is None:
        found.append(
            Fault(
                "parent_id",
                "parent_missing",
                "Eine Statistikstelle gehört zu einer Kommune oder einem Kreis. Geben Sie an, "
                "zu welcher Verwaltung.",
            )
        )
    if kind != "statistikstelle" and parent is not None:
        found.append(
            Fault(
                "parent_id",
                "parent_not_allowed",
                "Nur eine Statistikstelle ist Teil einer anderen Verwaltung.",
            )
        )
    if kind == "statistikstelle" and parent is not None:
        found.extend(_faults_under(parent, area_codes))
    return found


def _faults_under(parent: Parent, area_codes: Sequence[str]) -> list[Fault]:
    found = []
    if parent.kind not in ADMINISTRATIONS:
        found.append(
            Fault(
                "parent_id",
                "parent_kind",
                f"„{parent.name}“ ist weder Kommune noch Kreis.",
            )
        )
    beyond = outside(area_codes, parent.area_codes)
    if beyond:
        found.append(
            Fault(
                "area_codes",
                "area_outside",
                f"Diese Gebiete gehören nicht zu „{parent.name}“: {', '.join(beyond)}.",
            )
        )
    return found


def faults_of_part(
    part_name: str, part_area_codes: Sequence[str], new_area_codes: Sequence[str]
) -> list[Fault]:
    """What is wrong with an administration's new areas for a part of it; empty if nothing."""
    beyond = outside(part_area_codes, new_area_codes)
    if not beyond:
        return []
    return [
        Fault(
            "area_codes",
            "part_outside",
            f"„{part_name}“ ist noch zuständig für: {', '.join(beyond)}. Ändern Sie zuerst dort "
            "die Zuständigkeit.",
        )
    ]
