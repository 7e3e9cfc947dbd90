"""A sender's JSON file with its findings beside the rows, each with a pointer to its place."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from services.indicator_api.deliveries.annotating.remarks import Remarks
from services.indicator_api.deliveries.reading.json_items import WrittenNumber, items_of


def annotate_json(path: Path, target: Path, remarks: Remarks) -> None:
    """Write `{"rows": […], "findings": […]}`: the rows as they came, one by one.

    A finding's `pointer` (RFC 6901) leads to the entry, or to the value in it.
    """
    with target.open("wb") as made:
        made.write(b'{"rows":[')
        for number, item in enumerate(items_of(path)):
            made.write(b",\n" if number else b"\n")
            made.write(_written(item))
        made.write(b'\n],"findings":[')
        for number, finding in enumerate(remarks.in_order()):
            made.write(b",\n" if number else b"\n")
            made.write(json.dumps(_pointed(finding), ensure_ascii=False).encode())
        made.write(b"\n]}\n")


def _pointed(finding: Mapping[str, Any]) -> dict[str, Any]:
    pointer = "/rows"
    if finding["row"] is not None:
        pointer += f"/{finding['row'] - 1}"
        if finding["column"]:
            pointer += "/" + str(finding["column"]).replace("~", "~0").replace("/", "~1")
    told = {name: finding[name] for name in ("severity", "code", "detail", "remedy")}
    return {"pointer": pointer} | told


def _written(item: dict[str, Any]) -> bytes:
    """The entry with its numbers digit for digit."""
    return orjson.dumps(item, default=_as_it_stood, option=orjson.OPT_PASSTHROUGH_SUBCLASS)


def _as_it_stood(value: Any) -> orjson.Fragment:
    if isinstance(value, WrittenNumber):
        return orjson.Fragment(str(value).encode())
    raise TypeError
