"""When an account may carry a role in an organisation."""

from collections.abc import Sequence
from datetime import date

from services.consultation_api.identity.area_codes import outside
from services.consultation_api.identity.faults import Fault


def faults(
    *,
    role_label: str,
    role_kinds: Sequence[str],
    organisation_name: str,
    organisation_kind: str,
    organisation_area_codes: Sequence[str],
    area_codes: Sequence[str] | None,
    valid_until: date | None,
    today: date,
) -> list[Fault]:
    """What is wrong with the membership; empty if nothing.

    A role exists only in the kinds of organisation it was made for: whoever works for a town
    cannot be given the ministry's readership by a slip.
    """
    found = []
    if organisation_kind not in role_kinds:
        found.append(
            Fault(
                "role",
                "role_not_here",
                f"Die Rolle „{role_label}“ gibt es bei „{organisation_name}“ nicht.",
            )
        )
    beyond = outside(area_codes or (), organisation_area_codes)
    if beyond:
        found.append(
            Fault(
                "area_codes",
                "area_outside",
                f"Diese Gebiete gehören nicht zu „{organisation_name}“: {', '.join(beyond)}.",
            )
        )
    if area_codes is not None and not area_codes:
        found.append(
            Fault(
                "area_codes",
                "area_codes_empty",
                "Ohne Gebiet kann niemand arbeiten. Lassen Sie die Angabe weg, wenn alle "
                "Gebiete der Organisation gemeint sind.",
            )
        )
    if valid_until is not None and valid_until < today:
        found.append(
            Fault("valid_until", "date_passed", "Der letzte Tag liegt in der Vergangenheit.")
        )
    return found
