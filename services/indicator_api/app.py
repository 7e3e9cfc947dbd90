"""The application of indicator_api."""

from fastapi import FastAPI

from services.indicator_api.area_changes import routes as area_changes
from services.indicator_api.area_imports import routes as area_imports
from services.indicator_api.areas import routes as areas
from services.indicator_api.coverage import routes as coverage
from services.indicator_api.datasets import routes as datasets
from services.indicator_api.delegations import routes as delegations
from services.indicator_api.deliveries import routes as deliveries
from services.indicator_api.deliveries import step_routes as delivery_steps
from services.indicator_api.deliveries.annotating import routes as delivery_annotating
from services.indicator_api.deliveries.mapping import routes as delivery_mappings
from services.indicator_api.deliveries.receipts import routes as delivery_receipts
from services.indicator_api.deliveries.workbook import routes as delivery_workbooks
from services.indicator_api.indicators import routes as indicators
from services.indicator_api.maps import routes as maps
from services.indicator_api.measures import routes as measures
from services.indicator_api.observations import routes as observations
from services.indicator_api.partitions import address_routes as partition_addresses
from services.indicator_api.partitions import routes as partitions
from services.indicator_api.partitions import set_routes as area_sets
from services.indicator_api.profiles import routes as profiles
from services.indicator_api.protection_rules import routes as protection_rules
from services.indicator_api.releases import routes as releases
from services.indicator_api.releases import step_routes as release_steps
from services.indicator_api.revisions import routes as revisions
from services.indicator_api.settings import IndicatorSettings
from services.indicator_api.tiles import routes as tiles
from services.shared.app import ServiceDescription, build_app

DESCRIPTION = ServiceDescription(
    name="indicator",
    title="Quartierblick: Indikatoren",
    summary="Gebiete, Lieferungen, Freigaben und freigegebene Zahlen",
)
UPLOAD_PATHS = (
    "/v1/deliveries",
    "/v1/area-imports",
    "/v1/area-directories",
    "/v1/partitions/{code}/addresses",
    "/v1/partitions/{code}/addresses/check",
)


def create_app(settings: IndicatorSettings | None = None) -> FastAPI:
    """The ASGI application; settings come from the environment unless given."""
    routers = [
        # what is asked most stands first: a path is looked for from the top
        observations.router,
        tiles.router,
        maps.router,
        areas.router,
        area_imports.router,
        partitions.router,
        partition_addresses.router,
        area_sets.router,
        area_changes.router,
        measures.router,
        datasets.router,
        indicators.router,
        deliveries.router,
        delivery_steps.router,
        delivery_mappings.router,
        delivery_workbooks.router,
        delivery_receipts.router,
        delivery_annotating.router,
        releases.router,
        release_steps.router,
        protection_rules.router,
        delegations.router,
        profiles.router,
        revisions.router,
        coverage.router,
    ]
    settings = settings or IndicatorSettings()  # type: ignore[call-arg]  # from the environment
    return build_app(DESCRIPTION, settings, routers, UPLOAD_PATHS)
