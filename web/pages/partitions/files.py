"""Partitions, their units, sets and their parts as files, as the service writes them."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Public, Requires
from web.clients.base import present
from web.handing_on import file_name, hand_on_list
from web.pages.partitions.words import PATH, SETS_PATH
from web.visit import Visit

router = APIRouter()

Keeper = Annotated[Visit, Requires("partitions:write")]
Anybody = Annotated[Visit, Public()]


@router.get(f"{PATH}/liste.csv")
async def download_partitions(visit: Keeper) -> Response:
    """The partitions of the municipalities one acts for."""
    return await hand_on_list(visit, "/v1/partitions", {}, "gliederungen")


@router.get(f"{PATH}/{{code}}/einheiten.csv")
async def download_units(visit: Keeper, code: str) -> Response:
    """The units of a partition."""
    path = f"/v1/partitions/{quote(code, safe='')}"
    return await hand_on_list(visit, path, {}, file_name(code, "einheiten"))


@router.get(f"{SETS_PATH}/liste.csv")
async def download_sets(visit: Anybody, gemeinde: str = "", eigene: str = "") -> Response:
    """Sets of units, of a municipality or of one's own organisation."""
    asked = present(municipality=gemeinde, own="true" if eigene == "ja" else None)
    name = file_name("zusammengesetzte-gebiete", gemeinde)
    return await hand_on_list(visit, "/v1/area-sets", asked, name)


@router.get(f"{SETS_PATH}/{{code}}/teile.csv")
async def download_parts(visit: Anybody, code: str) -> Response:
    """The parts of a set with their weights."""
    path = f"/v1/area-sets/{quote(code, safe='')}"
    return await hand_on_list(visit, path, {}, file_name(code, "teile"))
