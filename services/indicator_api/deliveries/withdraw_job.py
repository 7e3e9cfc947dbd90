"""Taking an accepted delivery back as a whole, in one transaction."""

from typing import Any

from services.indicator_api.deliveries import outcomes
from services.indicator_api.deliveries.failures import FailureError
from services.indicator_api.deliveries.loading import enter_dataset
from services.indicator_api.deliveries.lost_rights import refuse_lost_rights
from services.indicator_api.deliveries.repository import raise_dataset_version
from services.indicator_api.deliveries.spool import forget
from services.indicator_api.deliveries.withdrawing import UnknownCellsError, withdraw_cells
from services.indicator_api.jobs import JobContext
from services.shared import audit
from services.shared.principal import Principal


async def run_withdrawal(
    context: JobContext, principal: Principal, delivery: dict[str, Any]
) -> None:
    """Take a delivery back that was taken up (`outcomes.begin`) within its dataset's lock."""
    async with context.database.write_session(principal) as session:
        at = await enter_dataset(session, delivery["dataset_id"])
        try:
            counts = await withdraw_cells(session, context.objects, delivery, at)
        except UnknownCellsError as error:
            raise FailureError(
                "later_delivery_unclear",
                f"Die spätere Lieferung {error.number} stammt aus einer früheren Fassung des "
                "Programms; welche Angaben sie unverändert enthielt, ist nicht bekannt. Nehmen "
                "Sie zuerst diese zurück, oder liefern Sie deren Datei noch einmal.",
                f"The later delivery {error.number} is of an earlier version of the program; which "
                "values it held unchanged is not known. Take that one back first, or deliver its "
                "file again.",
            ) from None
        await refuse_lost_rights(session, principal, delivery)
        numbers = {"restored": counts.restored, "removed": counts.removed, "kept": counts.kept}
        values = {
            "state": "withdrawn",
            "withdrawal": delivery["withdrawal"] | numbers,
            "cells_path": None,
            "failure": None,
        }
        if not await outcomes.conclude(session, delivery, values):
            raise outcomes.TakenOverError
        if counts.has_effect:
            await raise_dataset_version(session, delivery["dataset_id"])
        await audit.record(
            session, "indicator", principal, "delivery.withdrawn", "delivery", delivery["id"]
        )
    if delivery["cells_path"] is not None:
        await forget(context.objects, delivery["cells_path"])
