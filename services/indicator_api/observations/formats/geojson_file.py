"""Figures with their areas as GeoJSON (RFC 7946, EPSG:4326), feature by feature."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.observations.formats.columns import Row
from services.indicator_api.observations.formats.items import item_of

MEDIA_TYPE = "application/geo+json"
# outlines that are kept at a time: the same area comes again with each period
_MAXIMUM_SHAPES = 4_000


async def read_shapes(session: AsyncSession, area_ids: Sequence[int]) -> dict[int, bytes]:
    """The simplified outlines of areas as GeoJSON geometries; those without one are left out."""
    rows = await session.execute(
        text(
            "SELECT s.area_id, ST_AsGeoJSON(ST_Transform(s.geometry, 4326), 5)"
            " FROM indicator.area_shape AS s"
            " WHERE s.detail = 'mid' AND s.area_id = ANY(:ids)"
        ),
        {"ids": list(area_ids)},
    )
    return {area_id: geometry.encode() for area_id, geometry in rows}


class GeoJsonWriter:
    """Writes a FeatureCollection piece by piece; `head` are members beside the features."""

    def __init__(self, head: Mapping[str, Any], read: Sequence[str]) -> None:
        """`read` names the columns of the rows that will come."""
        self._head = head
        self._place = {name: number for number, name in enumerate(read)}
        self._shapes: dict[int, bytes] = {}
        self._is_first = True

    def head(self) -> bytes:
        """The beginning of the document."""
        document = orjson.dumps({"type": "FeatureCollection"} | dict(self._head))
        return document[:-1] + b',"features":['

    async def rows(
        self, session: AsyncSession, rows: Sequence[Row], is_fictional: Sequence[bool]
    ) -> bytes:
        """The features of these rows; reads the outlines that are not known yet."""
        place = self._place["area_id"]
        wanted = {row[place] for row in rows}
        unknown = [area_id for area_id in wanted if area_id not in self._shapes]
        if len(self._shapes) + len(unknown) > _MAXIMUM_SHAPES:
            self._shapes = {key: self._shapes[key] for key in wanted if key in self._shapes}
        self._shapes |= dict.fromkeys(unknown, b"null") | await read_shapes(session, unknown)
        features = [
            self._feature(row, is_invented)
            for row, is_invented in zip(rows, is_fictional, strict=True)
        ]
        if not features:
            return b""
        before = b"" if self._is_first else b","
        self._is_first = False
        return before + b",".join(features)

    def end(self) -> bytes:
        """The end of the document."""
        return b"]}"

    def _feature(self, row: Row, is_invented: bool) -> bytes:
        cell = {name: row[number] for name, number in self._place.items()}
        properties = item_of(cell) | {"is_fictional": is_invented}
        return (
            b'{"type":"Feature","id":'
            + orjson.dumps(row[self._place["area"]])
            + b',"geometry":'
            + self._shapes[row[self._place["area_id"]]]
            + b',"properties":'
            + orjson.dumps(properties)
            + b"}"
        )
