"""The street directory of a partition: list, upload, comparison, order file."""

from urllib.parse import quote, urlencode

from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from web.access import form_of
from web.clients.base import ServiceProblem
from web.clients.partition_types import AddressFinding
from web.forms import field_text
from web.handing_on import hand_on
from web.pages.partitions import showing
from web.pages.partitions.client import client_of
from web.pages.partitions.words import PATH, house
from web.replies import redirect, render
from web.visit import Visit

_ROWS = 100
_ENCODINGS = {"utf-8": "utf-8", "": "windows-1252", "windows-1252": "windows-1252"}
_SHOWN_IN_FORM = (400, 409, 412, 413, 415, 422)


def _upload_of(form: FormData, name: str) -> UploadFile | None:
    value = form.get(name)
    return value if isinstance(value, UploadFile) and value.filename else None


async def take(visit: Visit, code: str) -> Response:
    """Take a directory in; else the page with the findings by row."""
    form = await form_of(visit)
    upload = _upload_of(form, "verzeichnis")
    if upload is None:
        errors = {"verzeichnis": "Wählen Sie die Datei mit dem Verzeichnis aus."}
        return await showing.show(visit, code, errors=errors, status=422)
    content = await upload.read()
    await form.close()
    try:
        read = await client_of(visit).replace_addresses(code, content, field_text(form, "etag"))
    except ServiceProblem as problem:
        return await _refused(visit, code, problem, "verzeichnis")
    notice = f"Das Verzeichnis ist übernommen: {read['addresses']} Adressen."
    if read["doubles"]:
        notice += f" {read['doubles']} davon stehen in mehr als einer Einheit."
    return redirect(visit, f"{PATH}/{quote(code, safe='')}#adressen", notice=notice)


async def _refused(visit: Visit, code: str, problem: ServiceProblem, field: str) -> Response:
    if problem.status not in _SHOWN_IN_FORM:
        raise problem
    findings = [
        AddressFinding.model_validate(item) for item in problem.document.get("findings") or []
    ]
    more = {
        "findings": [item for item in findings if item.row is not None],
        "finding_count": int(problem.document.get("finding_count") or 0),
    }
    remedy = findings[0].remedy if len(findings) == 1 else ""
    words = f"{problem.detail} {remedy}".strip()
    return await showing.show(visit, code, errors={field: words}, status=422, more=more)


async def compare(visit: Visit, code: str) -> Response:
    """The directory beside a list of all addresses of the town."""
    form = await form_of(visit)
    upload = _upload_of(form, "liste")
    if upload is None:
        errors = {"liste": "Wählen Sie die Datei mit allen Adressen aus."}
        return await showing.show(visit, code, errors=errors, status=422)
    content = await upload.read()
    await form.close()
    try:
        check = await client_of(visit).compare(code, content)
    except ServiceProblem as problem:
        return await _refused(visit, code, problem, "liste")
    return await showing.show(visit, code, more={"comparison": check.comparison})


async def order_file(visit: Visit, code: str, encoding: str) -> Response:
    """The order file handed on."""
    wanted = _ENCODINGS.get(encoding, "windows-1252")
    return await hand_on(client_of(visit).order_file(code, wanted))


async def show_list(visit: Visit, code: str, street: str, unit: str, cursor: str) -> Response:
    """One page of the directory."""
    client = client_of(visit)
    partition = await client.partition(code)
    page = await client.addresses(
        code, street=street.strip(), unit=unit, cursor=cursor, limit=_ROWS
    )
    path = f"{PATH}/{quote(code, safe='')}"
    asked = {name: text for name, text in (("strasse", street), ("einheit", unit)) if text}
    own_path = f"{path}/adressen"
    context = {
        "title": "Straßen und Hausnummern",
        "crumbs": [("Gebiete", "/gebiete"), ("Gliederungen", PATH), (partition.name, path)],
        "partition": partition,
        "own_path": own_path,
        "street": street,
        "unit": unit,
        "units": [(item.code, item.name) for item in partition.unit_items],
        "page": page,
        "house": house,
        "next_path": f"{own_path}?{urlencode({**asked, 'ab': page.next})}" if page.next else None,
        "first_path": f"{own_path}?{urlencode(asked)}" if cursor else None,
        "page_styles": ["css/partitions.css"],
    }
    return render(
        visit,
        "pages/partitions/addresses.html",
        context,
        partial="pages/partitions/address_rows.html",
    )
