"""From an answer to the HTTP response of a file: its name, its headers, its pieces."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any, Literal

from fastapi import Request, Response

from services.indicator_api.observations.formats import explanation, files
from services.indicator_api.observations.formats.files import FileOrder
from services.shared.csv_file import MEDIA_TYPE, Dialect
from services.shared.negotiation import MEDIA_TYPES
from services.shared.streaming import FileStream

FileFormat = Literal["csv", "xlsx", "parquet", "geojson"]
_MEDIA_TYPES = MEDIA_TYPES | {"csv": MEDIA_TYPE}


def answer_as_file(
    request: Request,
    order: FileOrder,
    form: FileFormat,
    dialect: Dialect,
    headers: Mapping[str, str],
) -> Response:
    """The file as a response; nothing of it is made before the first piece is asked for."""
    sent = {"Content-Disposition": f'attachment; filename="{_name(order, form)}"', **headers}
    if order.answer.reason is not None:
        sent["X-Reason-Code"] = order.answer.reason.code
    media_type = _MEDIA_TYPES[form]
    if request.method == "HEAD":
        return Response(media_type=media_type, headers=sent)
    return FileStream(_pieces(order, form, dialect), media_type=media_type, headers=sent)


def _pieces(order: FileOrder, form: FileFormat, dialect: Dialect) -> AsyncGenerator[bytes, None]:
    if form == "csv":
        return files.write_csv(order, dialect)
    if form == "xlsx":
        return files.write_xlsx(order)
    if form == "parquet":
        return files.write_parquet(order)
    return files.write_geojson(order)


def _name(order: FileOrder, form: str) -> str:
    plan, choice = order.answer.plan, order.answer.question.choice
    place: Any = choice.within or choice.parent or choice.set_code
    places = [*choice.levels, place, *choice.codes]
    periods = list(dict.fromkeys(pair.numerator.period for pair in reversed(plan.pairs)))
    return explanation.file_name(plan, [item for item in places if item], periods, form)
