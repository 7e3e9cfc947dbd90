"""Whether who delivered, or takes back, may still do so when the figures are written.

Days may pass between a delivery and its loading: a key is revoked, a role ends, a dataset goes to
another office. A job acts with the rights of the day on which it was asked for; it must not
outlive them.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.deliveries.failures import FailureError
from services.shared.principal import Principal

_RIGHT = "deliveries:create"
_LOST = {
    "organisation": "Die Stelle ist nicht mehr aktiv.",
    "subject": "Das Konto oder der API-Schlüssel gehört nicht mehr zu dieser Stelle.",
    "account": "Das Konto ist nicht mehr aktiv.",
    "key_revoked": "Der API-Schlüssel wurde inzwischen gesperrt.",
    "key_expired": "Der API-Schlüssel ist inzwischen abgelaufen.",
    "right": "Konto oder API-Schlüssel dürfen inzwischen nicht mehr liefern.",
    "areas": "Die Rechte reichen inzwischen nicht mehr für alle Gebiete von damals.",
    "dataset": "Den Datenbestand führt inzwischen eine andere Stelle.",
}
_LOST_EN = {
    "organisation": "The organisation is no longer active.",
    "subject": "The account or API key no longer belongs to this organisation.",
    "account": "The account is no longer active.",
    "key_revoked": "The API key has been revoked meanwhile.",
    "key_expired": "The API key has expired meanwhile.",
    "right": "The account or API key may no longer deliver.",
    "areas": "The rights no longer cover all areas of that day.",
    "dataset": "Another organisation holds the dataset by now.",
}
assert _LOST.keys() == _LOST_EN.keys()  # noqa: S101 - both name what may be lost


async def refuse_lost_rights(
    session: AsyncSession, principal: Principal, delivery: Mapping[str, Any]
) -> None:
    """Raise `FailureError` if the principal of a job may not do any more what it was to do."""
    rows = await session.execute(
        text(
            "SELECT COALESCE(identity.lost_since(:kind, :id, :organisation, :right, :areas),"
            " CASE WHEN s.holder_organisation_id IS DISTINCT FROM :organisation THEN 'dataset' END)"
            " FROM indicator.delivery AS d"
            " LEFT JOIN indicator.dataset AS s ON s.id = d.dataset_id WHERE d.id = :delivery"
        ),
        {
            "kind": principal.subject_kind,
            "id": principal.subject_id,
            "organisation": principal.organisation_id,
            "right": _RIGHT,
            "areas": list(principal.area_codes),
            "delivery": delivery["id"],
        },
    )
    lost = rows.scalar_one()
    if lost is not None:
        raise FailureError(
            "rights_lost",
            f"Seit der Auftrag gegeben wurde, ging das Recht dazu verloren. {_LOST[lost]} Am "
            "Bestand wurde nichts geändert. Wer das Recht hat, kann es noch einmal versuchen.",
            f"The right to do this was lost since it was asked for. {_LOST_EN[lost]} No figures "
            "were changed. Whoever has the right can try again.",
        )
