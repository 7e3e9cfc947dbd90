"""indicator_api as the pages see it: areas, definitions, figures and maps."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal
from urllib.parse import quote

import httpx

from web.clients.base import Query, present
from web.clients.catalogue_types import CatalogueIndicator, Dimension
from web.clients.deliveries import DeliveryCalls
from web.clients.indicator_types import (
    Area,
    AreaDetail,
    Dataset,
    Indicator,
    Listing,
    Measure,
    Observation,
    Observations,
)
from web.clients.profile_types import AreaEvent, AreaSet, Profile, SimilarAreas

WHOLE_LIST_LIMIT = 500
"""Items asked for at once where a whole list is wanted: the most the service gives."""

FIGURES_LIMIT = 5_000
"""Figures asked for at once; a map of all municipalities or a comparison comes in one answer."""

Stream = AbstractAsyncContextManager[httpx.Response]


class IndicatorClient(DeliveryCalls):
    """indicator_api in the name of one visitor."""

    service = "indicator_api"

    async def areas(
        self,
        *,
        kind: str | None = None,
        parent: str | None = None,
        within: str | None = None,
        q: str | None = None,
        code: Sequence[str] = (),
        valid_on: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Listing[Area]:
        """One page of the register; `valid_on` is an ISO date, default today."""
        params = present(
            kind=kind,
            parent=parent,
            within=within,
            q=q,
            code=list(code),
            valid_on=valid_on,
            limit=limit,
            cursor=cursor,
        )
        return Listing[Area].model_validate(await self.get_json("/v1/areas", params))

    async def listed_areas(
        self, asked: Query, *, limit: int, cursor: str | None = None
    ) -> Listing[Area]:
        """One page of the register for the parameters of `GET /v1/areas`."""
        params = {**asked, **present(limit=limit, cursor=cursor)}
        return Listing[Area].model_validate(await self.get_json("/v1/areas", params))

    async def area(self, code: str, valid_on: str | None = None) -> AreaDetail:
        """One area with its ancestors, children counts and bounding box."""
        path = f"/v1/areas/{_segment(code)}"
        return AreaDetail.model_validate(await self.get_json(path, present(valid_on=valid_on)))

    async def shapes(
        self,
        *,
        parent: str | None = None,
        within: str | None = None,
        kind: str | None = None,
        valid_on: str | None = None,
        codes: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Areas with coarse outlines as a GeoJSON FeatureCollection in EPSG:4326."""
        params = present(
            parent=parent,
            within=within,
            kind=kind,
            valid_on=valid_on,
            code=list(codes),
            detail="low",
            f="geojson",
            limit=500,
        )
        collection: dict[str, Any] = await self.get_json("/v1/areas", params)
        return collection

    def area_geojson(self, code: str, headers: Mapping[str, str]) -> Stream:
        """One area in full detail as GeoJSON, streamed."""
        return self.stream("/v1/areas", {"code": [code], "f": "geojson", "detail": "full"}, headers)

    async def measures(self) -> Listing[Measure]:
        """All measures of the catalogue."""
        return Listing[Measure].model_validate(
            await self.get_json("/v1/measures", {"limit": WHOLE_LIST_LIMIT})
        )

    async def datasets(self) -> Listing[Dataset]:
        """The datasets the caller may know of."""
        return Listing[Dataset].model_validate(
            await self.get_json("/v1/datasets", {"limit": WHOLE_LIST_LIMIT})
        )

    async def dataset(self, code: str) -> Dataset:
        """One dataset with licence, attribution and holder."""
        return Dataset.model_validate(await self.get_json(f"/v1/datasets/{_segment(code)}"))

    async def indicators(self, *, has_figures: bool | None = None) -> Listing[Indicator]:
        """All indicators with the levels and periods the caller may see figures of.

        `has_figures` leaves only those with any such figure, or only those without.
        """
        params = present(limit=WHOLE_LIST_LIMIT, has_figures=has_figures)
        return Listing[Indicator].model_validate(await self.get_json("/v1/indicators", params))

    async def indicator(self, code: str) -> CatalogueIndicator:
        """One indicator's definition with its history."""
        document = await self.get_json(f"/v1/indicators/{_segment(code)}")
        return CatalogueIndicator.model_validate(document)

    async def catalogue(self, filters: Query) -> Listing[CatalogueIndicator]:
        """The definitions that fit the service's own filters, in the order of the catalogue."""
        params = {**filters, "limit": WHOLE_LIST_LIMIT}
        return Listing[CatalogueIndicator].model_validate(
            await self.get_json("/v1/indicators", params)
        )

    async def dimensions(self) -> tuple[Dimension, ...]:
        """What the catalogue is divided into, in its order."""
        document = await self.get_json("/v1/dimensions")
        return Listing[Dimension].model_validate(document).items

    def catalogue_file(
        self, form: Literal["csv", "json"], filters: Query, headers: Mapping[str, str]
    ) -> Stream:
        """The catalogue as a file, streamed."""
        params = {**filters, "f": form, "limit": WHOLE_LIST_LIMIT}
        return self.stream("/v1/indicators", params, headers)

    async def observations(
        self,
        *,
        indicator: str,
        period: str | None = None,
        level: str | None = None,
        within: str | None = None,
        areas: Sequence[str] = (),
        release: str | None = None,
    ) -> Observations:
        """One map (period and level given) or the series of `areas` (no period), whole."""
        params = present(
            indicator=indicator,
            period=period,
            level=level,
            within=within,
            area=list(areas),
            release=release,
        )
        return await self.figures(params)

    async def figures(self, asked: Query) -> Observations:
        """The figures for the parameters of `GET /v1/observations`, whole.

        Follows the cursor to the end, so that classes, ranks and sorting stand on all areas.
        """
        params: Query = {**asked, "limit": FIGURES_LIMIT}
        first = Observations.model_validate(await self.get_json("/v1/observations", params))
        items: list[Observation] = list(first.items)
        cursor = first.next
        while cursor:
            params["cursor"] = cursor
            page = Observations.model_validate(await self.get_json("/v1/observations", params))
            items.extend(page.items)
            cursor = page.next
        return first.model_copy(update={"items": tuple(items), "next": None})

    def observations_csv(self, *, indicator: str, period: str, level: str, within: str) -> Stream:
        """The figures of one map as CSV, streamed."""
        params = present(indicator=indicator, period=period, level=level, within=within, f="csv")
        return self.stream("/v1/observations", params)

    def figures_file(self, asked: Query, form: str, headers: Mapping[str, str]) -> Stream:
        """The same figures as a file: csv, xlsx, parquet, geojson or json, streamed."""
        return self.stream("/v1/observations", {**asked, "f": form}, headers)

    async def profile(self, code: str, valid_on: str | None = None) -> Profile:
        """All figures of an area and of those it is compared with."""
        path = f"/v1/areas/{_segment(code)}/profile"
        return Profile.model_validate(await self.get_json(path, present(valid_on=valid_on)))

    def profile_json(self, code: str, valid_on: str | None, headers: Mapping[str, str]) -> Stream:
        """The profile as the service writes it, streamed."""
        path = f"/v1/areas/{_segment(code)}/profile"
        return self.stream(path, present(valid_on=valid_on), headers)

    async def area_history(self, code: str) -> tuple[AreaEvent, ...]:
        """What the area came from and what became of it, by law and day."""
        document = await self.get_json(f"/v1/areas/{_segment(code)}/history")
        return Listing[AreaEvent].model_validate(document).items

    async def similar(
        self, code: str, *, indicators: Sequence[str] = (), level: str | None = None, count: int
    ) -> SimilarAreas:
        """The `count` areas nearest to one by the z values of `indicators`."""
        params = present(indicator=list(indicators), level=level, count=count)
        path = f"/v1/areas/{_segment(code)}/similar"
        return SimilarAreas.model_validate(await self.get_json(path, params))

    def similar_file(
        self, code: str, asked: Query, form: str, headers: Mapping[str, str]
    ) -> Stream:
        """The same as a file: csv, xlsx or json, streamed."""
        path = f"/v1/areas/{_segment(code)}/similar"
        return self.stream(path, {**asked, "f": form}, headers)

    def list_file(self, path: str, asked: Query, headers: Mapping[str, str]) -> Stream:
        """All of the list at a path of the service (`/v1/areas`) as CSV, streamed."""
        return self.stream(path, {**asked, "f": "csv"}, headers)

    async def area_set(self, code: str) -> AreaSet:
        """What a set of base units is made of, with weights."""
        return AreaSet.model_validate(await self.get_json(f"/v1/area-sets/{_segment(code)}"))

    def tile(
        self,
        indicator: str,
        period: str,
        place: tuple[int, int, int],
        params: Query,
        headers: Mapping[str, str],
    ) -> Stream:
        """The vector tile at `place` (z, x, y) with the layer `areas`, streamed."""
        z, x, y = place
        path = f"/v1/tiles/{_segment(indicator)}/{_segment(period)}/{z}/{x}/{y}.mvt"
        return self.stream(path, params, headers)

    def map_svg(
        self, indicator: str, period: str, params: Query, headers: Mapping[str, str]
    ) -> Stream:
        """The choropleth drawn by the service as SVG, streamed."""
        path = f"/v1/maps/{_segment(indicator)}/{_segment(period)}.svg"
        return self.stream(path, params, headers)


def _segment(value: str) -> str:
    """A path segment: nothing in it may end the segment."""
    return quote(value, safe="")
