"""How areas changed, and the official directories it is read from."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Public, Requires, form_of
from web.clients.area_changes import AreaChangesClient
from web.clients.base import ServiceProblem
from web.errors import PageNotFound
from web.forms import field_text
from web.handing_on import hand_on_list
from web.pages.area_changes import recording, words
from web.pages.area_changes.words import DIRECTORIES_PATH, FILE_PATH, PATH, ChangesAddress
from web.pages.deliveries import upload as uploads
from web.replies import redirect, render
from web.visit import Visit
from web.waiting import watch

router = APIRouter()
router.include_router(recording.router)

Keeper = Annotated[Visit, Requires("areas:write")]

_ROWS = 50
_CRUMBS = [("Gebiete", "/gebiete")]
_SHOWN_IN_FORM = frozenset({400, 409, 413, 415, 422, 429})
STYLES = ["css/areas.css", "css/deliveries.css"]


def _client(visit: Visit) -> AreaChangesClient:
    return AreaChangesClient(visit.services.indicator, visit.access)


@router.get(PATH)
async def list_changes(visit: Annotated[Visit, Public()]) -> Response:
    """All changes, the latest first, by kind, region and time."""
    address = ChangesAddress.read(visit.request.query_params)
    page = await _client(visit).changes(address.asked(), limit=_ROWS, cursor=address.cursor)
    context = {
        "title": "Gebietsänderungen",
        "crumbs": _CRUMBS,
        "address": address,
        "changes": page.items,
        "reason": page.reason,
        "kinds": list(words.KINDS.items()),
        "regions": [(code or "alle", name) for code, name in words.REGIONS.items()],
        "words": words,
        "next_path": address.url(cursor=page.next) if page.next else None,
        "first_path": address.url() if address.cursor else None,
        "file_path": address.url(path=FILE_PATH),
        "page_styles": STYLES,
    }
    return render(
        visit, "pages/area_changes/list.html", context, partial="pages/area_changes/found.html"
    )


@router.get(FILE_PATH)
async def download_changes(visit: Annotated[Visit, Public()]) -> Response:
    """All changes that an address of the list finds, as the service writes them."""
    address = ChangesAddress.read(visit.request.query_params)
    return await hand_on_list(visit, "/v1/area-events", address.asked(), "gebietsaenderungen")


@router.get(DIRECTORIES_PATH)
async def list_directories(visit: Keeper) -> Response:
    """The directories that were handed in, and the field for another."""
    return await _directories(visit, str(uuid4()), {})


async def _directories(visit: Visit, key: str, errors: dict[str, str]) -> Response:
    page = await _client(visit).directories(limit=_ROWS)
    context = {
        "title": "Gemeindeverzeichnisse",
        "crumbs": [*_CRUMBS, ("Gebietsänderungen", PATH)],
        "directories": page.items,
        "words": words,
        "idempotency_key": key,
        "errors": errors,
        "has_error": bool(errors),
        "page_styles": STYLES,
        "page_scripts": ["js/delivery-form.js"],
    }
    return render(
        visit, "pages/area_changes/directories.html", context, status=422 if errors else 200
    )


@router.post(DIRECTORIES_PATH)
async def take_directory(visit: Keeper) -> Response:
    """Hand a directory in and lead to what becomes of it."""
    form = await form_of(visit)
    try:
        key = field_text(form, "idempotency_key") or str(uuid4())
        upload = uploads.uploaded_file(form, "datei")
        if upload is None:
            return await _directories(visit, key, {"datei": "Wählen Sie eine Datei aus."})
        name = uploads.name_of(upload)
        if not name.lower().endswith(".xlsx") or not upload.size:
            return await _directories(
                visit,
                key,
                {"datei": f"„{name}“ ist keine Excel-Mappe (.xlsx) mit einem Gemeindeverzeichnis."},
            )
        try:
            sent = await _client(visit).send_directory(
                uploads.pieces(upload),
                filename=name,
                idempotency_key=await uploads.delivery_key(key, "verzeichnis", upload),
            )
        except ServiceProblem as problem:
            if problem.status not in _SHOWN_IN_FORM:
                raise
            return await _directories(visit, key, {"datei": problem.detail or problem.title})
        return redirect(visit, f"{DIRECTORIES_PATH}/{sent.id}")
    finally:
        await form.close()  # the uploaded file is a temporary one


@router.get(DIRECTORIES_PATH + "/{directory_id}")
async def show_directory(visit: Keeper, directory_id: str) -> Response:
    """What became of a directory; while it is read, the page looks again by itself."""
    try:
        checked = str(UUID(directory_id))
    except ValueError as error:
        raise PageNotFound("Dieses Gemeindeverzeichnis gibt es nicht.") from error
    directory = await _client(visit).directory(checked)
    path = f"{DIRECTORIES_PATH}/{directory.id}"
    waiting = watch(visit, path, directory.state, is_running=directory.state in words.RUNNING)
    context = {
        "title": words.title_of(directory),
        "crumbs": [
            *_CRUMBS, ("Gebietsänderungen", PATH), ("Gemeindeverzeichnisse", DIRECTORIES_PATH),
        ],
        "directory": directory,
        "path": path,
        "words": words,
        "waiting": waiting,
        "refresh": waiting.next_look,
        "page_styles": STYLES,
    }  # fmt: skip
    return render(
        visit,
        "pages/area_changes/directory.html",
        context,
        partial="pages/area_changes/outcome.html",
    )


@router.get(PATH + "/{number}")
async def show_change(visit: Annotated[Visit, Public()], number: str) -> Response:
    """One change with all its ways, its law and its source."""
    if not number.isdecimal() or int(number) >= 2**31:
        raise PageNotFound("Diese Gebietsänderung gibt es nicht.")
    change = await _client(visit).change(int(number))
    context = {
        "title": change.title,
        "crumbs": [*_CRUMBS, ("Gebietsänderungen", PATH)],
        "change": change,
        "words": words,
        "page_styles": STYLES,
    }
    return render(visit, "pages/area_changes/one.html", context)
