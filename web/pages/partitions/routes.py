"""Base partitions, their addresses, and sets of their units."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Public, Requires
from web.pages.partitions import addresses, files, overview, sets, showing
from web.pages.partitions.words import PATH, SETS_PATH
from web.visit import Visit

router = APIRouter()
router.include_router(files.router)

Keeper = Annotated[Visit, Requires("partitions:write")]
Anybody = Annotated[Visit, Public()]


@router.get(PATH)
async def list_partitions(visit: Keeper) -> Response:
    """One's partitions and sets, or how to begin."""
    return await overview.show(visit)


@router.get(f"{PATH}/neu")
async def new_partition(visit: Keeper) -> Response:
    """The form for a partition of areas that the register already holds."""
    return await overview.show_form(visit)


@router.post(f"{PATH}/neu")
async def create_partition(visit: Keeper) -> Response:
    """Set up a partition."""
    return await overview.create(visit)


@router.get(f"{PATH}/{{code}}")
async def show_partition(visit: Keeper, code: str) -> Response:
    """One partition: units, map, addresses."""
    return await showing.show(visit, code)


@router.post(f"{PATH}/{{code}}")
async def change_partition(visit: Keeper, code: str) -> Response:
    """Rename or end a partition."""
    return await showing.change(visit, code)


@router.get(f"{PATH}/{{code}}/adressen")
async def list_addresses(
    visit: Keeper, code: str, strasse: str = "", einheit: str = "", ab: str = ""
) -> Response:
    """The street directory, page by page."""
    return await addresses.show_list(visit, code, strasse, einheit, ab)


@router.post(f"{PATH}/{{code}}/adressen")
async def take_addresses(visit: Keeper, code: str) -> Response:
    """Take in a street directory."""
    return await addresses.take(visit, code)


@router.post(f"{PATH}/{{code}}/abgleich")
async def compare_addresses(visit: Keeper, code: str) -> Response:
    """Compare the directory with a list of all addresses; the list is not kept."""
    return await addresses.compare(visit, code)


@router.get(f"{PATH}/{{code}}/bestelldatei.csv")
async def order_file(visit: Keeper, code: str, zeichensatz: str = "") -> Response:
    """The file with which figures for the units are ordered."""
    return await addresses.order_file(visit, code, zeichensatz)


@router.get(f"{SETS_PATH}/neu")
async def new_set(visit: Keeper, gliederung: str = "") -> Response:
    """The form that composes a set of units."""
    return await sets.show_form(visit, gliederung)


@router.post(f"{SETS_PATH}/neu")
async def create_set(visit: Keeper) -> Response:
    """Look at what a set would be, or set it up."""
    return await sets.take_form(visit)


@router.get(f"{SETS_PATH}/{{code}}")
async def show_set(visit: Anybody, code: str) -> Response:
    """One set: its parts, weights, their basis, its map."""
    return await showing.show_set(visit, code)


@router.post(f"{SETS_PATH}/{{code}}")
async def change_set(visit: Keeper, code: str) -> Response:
    """Rename or end a set."""
    return await showing.change_set(visit, code)


@router.get(f"{SETS_PATH}/{{code}}/teile")
async def edit_parts(visit: Keeper, code: str) -> Response:
    """The form that composes a set anew."""
    return await sets.show_parts(visit, code)


@router.post(f"{SETS_PATH}/{{code}}/teile")
async def replace_parts(visit: Keeper, code: str) -> Response:
    """Look at what a set would become, or make it so."""
    return await sets.take_parts(visit, code)
