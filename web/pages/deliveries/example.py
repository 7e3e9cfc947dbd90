"""An example of a delivery: a small file that passes."""

import csv
import io

from starlette.responses import Response

from web.clients.indicator_types import Measure
from web.panels import panel
from web.visit import Visit

_HEADER = ("area", "period", "measure", "value")
_VALUES = ("1234", "567", "-")
_DELIVERIES_LOOKED_AT = 5


async def usual_measures(visit: Visit, measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
    """The measures that the place delivered lately; all where it has not delivered yet."""
    if not visit.may("deliveries:read"):
        return measures
    lately = await panel(
        visit.indicator.deliveries(state="accepted", limit=_DELIVERIES_LOOKED_AT), "Die Lieferungen"
    )
    names = {
        name
        for delivery in (lately.value.items if lately.value else ())
        if delivery.understood
        for name in delivery.understood.measures
    }
    return tuple(measure for measure in measures if measure.name in names) or measures


def example_rows(visit: Visit, measures: tuple[Measure, ...]) -> list[tuple[str, ...]]:
    """A small delivery with one's own area and the first measures there are, head first."""
    areas = visit.account.area_codes if visit.account else ()
    area = areas[0] if areas else "05"
    codes = [measure.code for measure in measures[: len(_VALUES)]] or ["EINWOHNER"]
    rows = [(area, "2024-12-31", code, value) for code, value in zip(codes, _VALUES, strict=False)]
    return [_HEADER, *rows]


async def example_file(visit: Visit) -> Response:
    """The example as a file: UTF-8 with its mark, semicolons, as Excel in Germany opens it."""
    text = io.StringIO()
    measures = (await visit.indicator.measures()).items
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(
        example_rows(visit, await usual_measures(visit, measures))
    )
    return Response(
        "\ufeff".encode() + text.getvalue().encode(),
        media_type="text/csv",
        headers={"Content-Disposition": 'attachment; filename="beispiel-lieferung.csv"'},
    )
