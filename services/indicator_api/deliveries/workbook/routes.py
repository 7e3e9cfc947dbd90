"""Workbooks to fill in, over HTTP."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import Query
from starlette.responses import Response

from services.indicator_api.deliveries.workbook.contents import TemplateWish, load_contents
from services.indicator_api.deliveries.workbook.writing import write_template
from services.indicator_api.periods.rules import parse_period
from services.shared.auth import Requires
from services.shared.principal import Principal
from services.shared.problems import FieldError, Invalid
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession

router = feature_router("Lieferungen: Vorlagen")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/datasets/{code}/template.xlsx", response_class=Response)
async def read_template(
    code: str,
    principal: Annotated[Principal, Requires("deliveries:create")],
    session: ReadSession,
    indicator: Annotated[
        list[str] | None, Query(description="Indikatoren, deren Messgrößen geliefert werden")
    ] = None,
    measure: Annotated[list[str] | None, Query(description="Weitere Messgrößen")] = None,
    period: Annotated[
        str | None, Query(description="Zeitraum, schon eingetragen", max_length=40)
    ] = None,
    level: Annotated[
        str | None, Query(description="Ebene der Gebiete; ohne Angabe die kleinste eigene")
    ] = None,
    area: Annotated[str | None, Query(description="Nur Gebiete in diesem", max_length=40)] = None,
) -> Response:
    """An Excel workbook to fill in, with one's own areas in it; it comes back without mapping."""
    read = None
    if period is not None:
        read = parse_period(period)
        if read is None:
            raise Invalid(
                "period_unreadable",
                f"„{period}“ ist keine Zeitangabe. Schreiben Sie zum Beispiel 2024, 2024-Q3, "
                "31.12.2024 oder 2024/25.",
                errors=[FieldError("period", "period_unreadable", "Keine Zeitangabe.")],
            )
    wish = TemplateWish(
        code, tuple(indicator or ()), tuple(measure or ()), read, level or None, area or None
    )
    contents = await load_contents(session, principal, wish)
    data = await asyncio.to_thread(write_template, contents, datetime.now(UTC).date())
    name = quote(f"Vorlage {contents.dataset_title}.xlsx")
    return Response(
        data,
        media_type=_XLSX,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "Cache-Control": "private, no-store",
        },
    )
