"""Which of the known formats a table has."""

from services.indicator_api.deliveries.reading.datencsv import recognise_datencsv
from services.indicator_api.deliveries.reading.delivered import Delivered
from services.indicator_api.deliveries.reading.ffcsv import recognise_ffcsv
from services.indicator_api.deliveries.reading.raw import RawTable
from services.indicator_api.deliveries.reading.tidy import recognise_tidy


def recognise(table: RawTable, *, area: str | None = None) -> Delivered | None:
    """The delivery that a table is; None if only a mapping can tell.

    `area` is the one a file without a column of areas is about. Raises `UnreadableError` if the
    format is known but the table lacks what it needs.
    """
    for delivered in (
        recognise_tidy(table),
        recognise_ffcsv(table, area=area),
        recognise_datencsv(table, area=area),
    ):
        if delivered is not None:
            return delivered
    return None
