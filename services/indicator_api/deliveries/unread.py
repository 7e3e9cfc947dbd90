"""Files that were never read through are not opened to answer a request."""

from collections.abc import Mapping
from typing import Any

from services.shared.problems import Conflict


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
