"""What an API key may be allowed to do, and for how long."""

import re
import secrets
import string
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from services.consultation_api.identity.area_codes import outside
from services.consultation_api.identity.faults import Fault

# What a machine has business with. Managing people and keys stays with people.
MACHINE_RIGHTS = frozenset(
    {
        "areas:read",
        "areas:write",
        "datasets:read",
        "datasets:write",
        "deliveries:create",
        "deliveries:read",
        "facts:read_raw",
        "indicators:read",
        "indicators:write",
        "measures:write",
        "observations:read",
        "organisations:read",
        "partitions:write",
        "releases:read",
        "releases:write",
        "reports:create",
        "reports:read",
    }
)
# A right that is of no use, or cannot work, without another.
NEEDED_BESIDE = {
    "deliveries:create": ("deliveries:read",),
    "releases:write": ("releases:read", "facts:read_raw"),
    "reports:create": ("reports:read",),
}
PREFIX_LENGTH = 8
SECRET_LENGTH = 43  # of 62 characters: 256 bits
KEY_PATTERN = re.compile(r"qbk_[a-z0-9]{8}_[A-Za-z0-9]{43}")


def new_key() -> tuple[str, str]:
    """A new key's prefix, by which people tell keys apart, and the whole key (the secret)."""
    prefix = _random(string.ascii_lowercase + string.digits, PREFIX_LENGTH)
    return prefix, f"qbk_{prefix}_{_random(string.ascii_letters + string.digits, SECRET_LENGTH)}"


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def faults(
    *,
    rights: Collection[str],
    creator_rights: Collection[str],
    area_codes: Sequence[str],
    organisation_area_codes: Sequence[str],
    expires_at: datetime,
    now: datetime,
    longest_life: timedelta,
) -> list[Fault]:
    """What is wrong with the wished key; empty if nothing.

    A key can do no more than who makes it, nothing that is for people only, nothing outside the
    organisation's areas, and nothing for ever.
    """
    found = _faults_of_rights(set(rights), set(creator_rights))
    foreign = outside(area_codes, organisation_area_codes)
    if foreign:
        found.append(
            Fault(
                "area_codes",
                "area_outside",
                f"Diese Gebiete gehören nicht zu Ihrer Organisation: {', '.join(foreign)}.",
            )
        )
    if expires_at <= now:
        found.append(Fault("expires_at", "expiry_passed", "Das Ablaufdatum ist schon vorbei."))
    if expires_at > now + longest_life:
        found.append(
            Fault(
                "expires_at",
                "expiry_too_far",
                f"Ein API-Schlüssel gilt höchstens {longest_life.days} Tage.",
            )
        )
    return found


def missing_beside(rights: Collection[str]) -> list[str]:
    """The rights that must stand beside those wished for."""
    needed = {other for right in rights for other in NEEDED_BESIDE.get(right, ())}
    return sorted(needed - set(rights))


def _faults_of_rights(rights: set[str], creator_rights: set[str]) -> list[Fault]:
    found = []
    for_people = sorted(rights - MACHINE_RIGHTS)
    beyond = sorted((rights & MACHINE_RIGHTS) - creator_rights)
    if for_people:
        found.append(
            Fault(
                "rights",
                "right_not_for_machines",
                f"Diese Rechte kann ein API-Schlüssel nicht haben: {', '.join(for_people)}.",
            )
        )
    if beyond:
        found.append(
            Fault(
                "rights",
                "right_beyond_own",
                f"Diese Rechte haben Sie selbst nicht: {', '.join(beyond)}.",
            )
        )
    missing = missing_beside(rights)
    if missing:
        found.append(
            Fault(
                "rights",
                "right_incomplete",
                f"Zu den gewählten Rechten gehören noch: {', '.join(missing)}.",
            )
        )
    return found
