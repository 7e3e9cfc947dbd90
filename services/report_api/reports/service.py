"""Use cases of reports: ask for one, find it again, read what was made."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import obstore
import orjson
from obstore.store import ObjectStore
from sqlalchemy.ext.asyncio import AsyncSession

from services.report_api.content.profile import is_invented, title_of
from services.report_api.content.words import BERLIN
from services.report_api.rendering.version import RENDERER_VERSION
from services.report_api.reports import repository
from services.report_api.reports.rules import (
    DOWNLOADS,
    STEPS,
    WAITING,
    ProgressNote,
    file_name,
    fold,
)
from services.report_api.reports.schemas import (
    AreaReference,
    FileRead,
    ReleaseUsed,
    ReportRead,
    ReportState,
    ReportWrite,
    TemplateReference,
)
from services.report_api.snapshots.rules import AUDIENCE_LABELS, Reading
from services.report_api.templates.rules import TEMPLATES
from services.report_api.templates.service import Composed, Wanted, compose
from services.shared import audit
from services.shared.database import Database
from services.shared.ids import new_id
from services.shared.jobs import JobQueue
from services.shared.paging import Page, Reason, cut, decode_cursor, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import (
    Conflict,
    FieldError,
    Gone,
    Invalid,
    NotFound,
    Problem,
    Unavailable,
)


async def compose_report(
    database: Database, principal: Principal, wanted: ReportWrite
) -> Composed | Problem:
    """Freeze what a report needs in a transaction of its own, or say why it cannot be.

    The problem is returned, not raised: a repeated request is answered as the first time, even
    if it could not be begun now.
    """
    if wanted.template not in TEMPLATES:
        offered = ", ".join(TEMPLATES)
        detail = f"Die Vorlage „{wanted.template}“ gibt es nicht. Es gibt: {offered}."
        return Invalid(
            "template_unknown",
            detail,
            errors=[FieldError("/template", "template_unknown", detail)],
        )
    try:
        async with database.read_session(principal) as session:
            return await compose(
                session,
                Wanted(
                    wanted.template,
                    wanted.area,
                    wanted.parameters.map_indicator,
                    wanted.parameters.chart_indicator,
                ),
            )
    except Problem as problem:
        return problem


async def request_report(
    session: AsyncSession, jobs: JobQueue, principal: Principal, composed: Composed
) -> tuple[ReportRead, bool]:
    """The report of these figures and choices: the one there is, else a new one to be made.

    Whether it is new. Two that ask at once get the same: the unique index decides.
    """
    report_id = new_id()
    values = _values(report_id, principal, composed)
    known = await repository.find_same(session, values)
    if known is None and not await repository.add(session, values):
        known = await repository.find_same(session, values)
    if known is not None:
        return await read_report(session, known), False
    await repository.add_releases(session, _releases(report_id, composed))
    await repository.add_snapshot(session, report_id, composed.body)
    await audit.record(session, "report", principal, "report.requested", "report", report_id)
    await jobs.defer(session, "render_report", report_id=str(report_id))
    return await read_report(session, report_id), True


def _values(report_id: UUID, principal: Principal, composed: Composed) -> dict[str, Any]:
    snapshot = composed.frozen.snapshot
    area = Reading(snapshot).subject
    title = title_of(snapshot)
    now = datetime.now(UTC)
    parameters = {
        "map_indicator": composed.map_indicator,
        "chart_indicator": composed.chart_indicator,
    }
    return {
        "id": report_id,
        "year": now.astimezone(BERLIN).year,
        "organisation_id": principal.organisation_id,
        "publisher": principal.organisation_name,
        "template_code": composed.template.code,
        "template_name": composed.template.name,
        "title": title,
        "search_text": fold(f"{title} {area.name} {area.code}"),
        "area_code": area.code,
        "area_name": area.name,
        "area_kind": area.kind,
        "is_fictional": is_invented(snapshot),
        "parameters": orjson.dumps(parameters).decode(),
        "audience_keys": composed.frozen.audience_keys(principal),
        "fingerprint": composed.fingerprint,
        "renderer_version": RENDERER_VERSION,
        "progress": orjson.dumps(_progress(ProgressNote("", WAITING, 0))).decode(),
        "acting": orjson.dumps(principal.to_job()).decode(),
        "created_by": principal.subject_name,
        "created_at": now,
    }


def _progress(note: ProgressNote) -> dict[str, Any]:
    return asdict(note) | {"total": len(STEPS)}


def _releases(report_id: UUID, composed: Composed) -> list[dict[str, Any]]:
    sources = {item.release_id: item for item in composed.frozen.snapshot.sources}
    rows = []
    for use in composed.frozen.releases:
        source = sources[str(use.release_id)]
        rows.append(
            {
                "report_id": report_id,
                "release_id": use.release_id,
                "series_id": use.series_id,
                "number": use.number,
                "holder_organisation_id": use.holder_organisation_id,
                "cell_numbers": sorted(use.numbers),
                "dataset": source.dataset,
                "title": source.title,
                "audience": source.audience,
                "published_at": datetime.fromisoformat(source.published_at),
            }
        )
    return rows


async def read_report(session: AsyncSession, report_id: UUID) -> ReportRead:
    """One report; raises `NotFound` for one that is not the organisation's own."""
    return (await _documents(session, [await _find(session, report_id)]))[0]


async def _find(session: AsyncSession, report_id: UUID) -> dict[str, Any]:
    row = await repository.find(session, report_id)
    if row is None:
        raise NotFound("report_unknown", "Diesen Bericht gibt es nicht.")
    return row


async def _documents(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> list[ReportRead]:
    """The reports with their releases and files, in as many statements for one as for many."""
    ids = [row["id"] for row in rows]
    releases: dict[UUID, list[ReleaseUsed]] = {}
    files: dict[UUID, list[FileRead]] = {}
    titles = {row["id"]: (row["title"], row["reference"]) for row in rows}
    for item in await repository.releases_of(session, ids) if ids else []:
        releases.setdefault(item["report_id"], []).append(
            ReleaseUsed(
                id=item["release_id"],
                dataset=item["dataset"],
                title=item["title"],
                number=item["number"],
                published_at=item["published_at"],
                audience=item["audience"],
                audience_label=AUDIENCE_LABELS[item["audience"]],
            )
        )
    for item in await repository.files_of(session, ids) if ids else []:
        if item["format"] in DOWNLOADS:
            files.setdefault(item["report_id"], []).append(
                FileRead(
                    format=item["format"],
                    media_type=item["media_type"],
                    size_bytes=item["size_bytes"],
                    sha256=bytes(item["sha256"]).hex(),
                    filename=file_name(*titles[item["report_id"]], item["format"]),
                )
            )
    return [_read(row, releases.get(row["id"], []), files.get(row["id"], [])) for row in rows]


def _read(row: dict[str, Any], releases: list[ReleaseUsed], files: list[FileRead]) -> ReportRead:
    return ReportRead(
        id=row["id"],
        reference=row["reference"],
        title=row["title"],
        template=TemplateReference(code=row["template_code"], name=row["template_name"]),
        area=AreaReference(code=row["area_code"], name=row["area_name"], kind=row["area_kind"]),
        state=row["state"],
        progress=row["progress"],
        parameters=row["parameters"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        finished_at=row["finished_at"],
        fingerprint=bytes(row["fingerprint"]).hex(),
        renderer_version=row["renderer_version"],
        releases=releases,
        files=files,
        is_fictional=row["is_fictional"],
        withdrawn=row["is_withdrawn"],
        is_outdated=row["is_outdated"],
        failure=row["failure"],
    )


async def list_reports(
    session: AsyncSession,
    *,
    area: str | None,
    template: str | None,
    state: ReportState | None,
    query: str | None,
    cursor: str | None,
    limit: int,
) -> Page[ReportRead]:
    """One page of the organisation's reports; an empty one says why."""
    rows = await repository.list_newest(
        session,
        area=area,
        template=template,
        state=state,
        query=query,
        before=decode_cursor(cursor, datetime, UUID),
        limit=limit + 1,
    )
    shown, has_more = cut(rows, limit)
    page = Page(items=await _documents(session, shown))
    if has_more:
        page.next = encode_cursor(shown[-1]["created_at"], shown[-1]["id"])
    if not shown and cursor is None:
        is_filtered = any(value is not None for value in (area, template, state, query))
        page.reason = Reason(
            code="no_match" if is_filtered else "no_report",
            detail="Kein Bericht passt zu dieser Auswahl."
            if is_filtered
            else "Ihre Organisation hat noch keinen Bericht erstellt.",
            suggestion="Lassen Sie eine Angabe weg."
            if is_filtered
            else "Wählen Sie eine Vorlage und ein Gebiet.",
        )
    return page


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A stored file of a report; `sha256` in hexadecimal digits."""

    media_type: str
    sha256: str
    object_path: str
    filename: str


async def find_file(session: AsyncSession, report_id: UUID, file_format: str) -> StoredFile:
    """A stored file; raises `NotFound`, `Gone` if withdrawn, `Conflict` before it is finished."""
    row = await _find(session, report_id)
    files = {item["format"]: item for item in await repository.files_of(session, [report_id])}
    found = files.get(file_format)
    if found is None:
        _refuse(row)
        raise NotFound(
            "format_unknown",
            f"Den Bericht gibt es nicht als „{file_format}“. Es gibt: {', '.join(DOWNLOADS)}.",
        )
    return StoredFile(
        media_type=found["media_type"],
        sha256=bytes(found["sha256"]).hex(),
        object_path=found["object_path"],
        filename=file_name(row["title"], row["reference"], file_format),
    )


def _refuse(row: dict[str, Any]) -> None:
    """Say why there is nothing to read of a report, if its state is the reason."""
    if row["state"] == "finished":
        if row["is_withdrawn"]:
            raise _withdrawn()
        return
    if row["state"] == "failed":
        raise Conflict(
            "report_failed",
            "Dieser Bericht konnte nicht erstellt werden. Erstellen Sie ihn neu.",
            state=row["state"],
        )
    raise Conflict(
        "report_not_finished",
        "Der Bericht wird noch erstellt. Sein Stand sagt, wie weit er ist.",
        state=row["state"],
    )


def _withdrawn() -> Gone:
    return Gone(
        "report_withdrawn",
        "Dieser Bericht beruht auf einer Freigabe, die zum Schutz der Betroffenen zurückgezogen "
        "wurde. Er ist deshalb nicht mehr zu lesen. Erstellen Sie ihn mit den heutigen Zahlen neu.",
    )


async def read_object(store: ObjectStore, file: StoredFile) -> bytes:
    """The bytes of a stored file; raises `Unavailable` where the store has lost them."""
    try:
        found = await obstore.get_async(store, file.object_path)
        return bytes(await found.bytes_async())
    except (FileNotFoundError, OSError):
        raise Unavailable(
            "file_unavailable",
            "Die Datei ist gerade nicht erreichbar. Versuchen Sie es in einigen Minuten noch "
            "einmal.",
        ) from None


async def read_snapshot(session: AsyncSession, report_id: UUID) -> tuple[bytes, str, str]:
    """The frozen figures as JSON, their fingerprint, and a name for the file."""
    row = await _find(session, report_id)
    body = await repository.read_snapshot(session, report_id)
    if body is None:
        raise _withdrawn()
    name = file_name(row["title"], row["reference"], "json")
    return body, bytes(row["fingerprint"]).hex(), name
