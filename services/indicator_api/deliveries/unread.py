"""Files that were never read through: they are not opened for a request, and do not stay."""

from collections.abc import Mapping
from typing import Any

from services.indicator_api.deliveries.outcomes import GIVEN_UP_STATES
from services.shared.problems import Conflict, Gone

# Long enough for the sender to see what was wrong with the file, and for the operator to look.
DAYS_UNSEARCHED_FILES_STAY = 7
_GIVEN_UP = "Die Datei wurde gelöscht, als die Lieferung verworfen wurde oder ablief."
_UNSEARCHED = (
    f"Die Datei ließ sich nicht lesen und wurde nach {DAYS_UNSEARCHED_FILES_STAY} Tagen gelöscht: "
    "Ob sie Angaben zu Personen enthielt, war nicht festzustellen."
)
_HELD_PERSONS = "Der Inhalt dieser Lieferung wurde gelöscht, weil er Angaben zu Personen enthielt."


def is_unsearched(delivery: Mapping[str, Any]) -> bool:
    """Whether a delivery has ended whose file nobody searched for data of persons.

    What was opened far enough to be searched has left what was understood of it.
    """
    return (
        delivery["state"] in ("rejected", "failed")
        and not delivery["understood"]
        and delivery["content_deleted_at"] is None
    )


def refuse_deleted(delivery: Mapping[str, Any]) -> None:
    """Raise `Gone` for a delivery whose file was deleted, with the reason."""
    deleted_at = delivery["content_deleted_at"]
    if deleted_at is None:
        return
    reason = _HELD_PERSONS
    if delivery["state"] in GIVEN_UP_STATES:
        reason = _GIVEN_UP
    elif delivery["finished_at"] is not None and deleted_at > delivery["finished_at"]:
        # data of persons goes before the delivery ends
        reason = _UNSEARCHED
    raise Gone("delivery_content_deleted", reason)


def refuse_unread(delivery: Mapping[str, Any]) -> None:
    """Raise `Conflict` for a delivery that is still being read, or could not be read to the end.

    A file that ended its reader must not end the service as well; and whether it holds data of
    persons is not known before.
    """
    if delivery["understood"] or delivery["state"] not in ("received", "checking", "failed"):
        return
    detail = "Die Datei wird noch gelesen. Versuchen Sie es in einigen Sekunden noch einmal."
    if delivery["state"] == "failed":
        detail = "Die Datei ließ sich nicht zu Ende lesen. Liefern Sie sie noch einmal."
    raise Conflict("delivery_not_read", detail, state=delivery["state"])
