"""Background work on reports: render the files from the frozen snapshot, once."""

import asyncio
import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import obstore

from services.report_api.content.blocks import Content
from services.report_api.content.profile import build_profile
from services.report_api.content.profile_context import ReportHead
from services.report_api.jobs import JobContext, principal_of
from services.report_api.rendering.checks import RenderingError, check_rendered
from services.report_api.rendering.html import render_article, render_document
from services.report_api.rendering.pdf import render_pdf
from services.report_api.reports import repository
from services.report_api.reports.rules import FINISHED, MEDIA_TYPES, STEPS, progress_of
from services.report_api.snapshots.codec import decode, fingerprint_of
from services.shared import audit
from services.shared.logging import get_logger
from services.shared.principal import Principal

logger = get_logger(__name__)
# the article is shown within a page that has its own title
ARTICLE_TITLE_LEVEL = 2
ATTEMPTS = 8
_FAILED = (
    "Der Bericht konnte trotz mehrerer Versuche nicht erstellt werden. Erstellen Sie ihn später "
    "neu; Ihre Auswahl bleibt dieselbe."
)


class CannotBeMade(Exception):  # noqa: N818 - what is said, not an error of ours
    """The report can never be made; `code` and the words say why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class _Making:
    """One report being made."""

    context: JobContext
    principal: Principal
    report_id: UUID

    async def step(self, step: str) -> None:
        """Say which step begins."""
        note = progress_of(step)
        progress = asdict(note) | {"total": note.total}
        async with self.context.database.write_session(self.principal) as session:
            if not await repository.note_progress(session, self.report_id, progress):
                raise _AlreadyEnded


class _AlreadyEnded(Exception):  # noqa: N818 - nothing is wrong
    """Another worker has finished the report, or given it up."""


async def render_report(context: JobContext, report_id: str, *, attempt: int) -> None:
    """Make the files of a report; safe to run again, and at the same time.

    `attempt` counts from 1. What can never succeed ends the report at once; anything else is
    raised, to be tried again, and ends it at the last attempt. Attempts whose worker died count
    as well: a report that kills its workers comes to an end, too.
    """
    identifier = UUID(report_id)
    principal = await principal_of(context, identifier)
    if principal is None:
        return
    making = _Making(context, principal, identifier)
    try:
        if attempt > ATTEMPTS:
            raise CannotBeMade("worker_lost", _FAILED)
        await _make(making)
    except _AlreadyEnded:
        return
    except CannotBeMade as reason:
        await _fail(making, reason.code, reason.detail)
    except (RenderingError, ValueError):
        # the same content fails the same way each time
        logger.exception("report_faulty", report_id=report_id)
        await _fail(
            making,
            "rendering_faulty",
            "Der Bericht ließ sich nicht fehlerfrei darstellen und wurde deshalb nicht abgelegt. "
            "Der Betrieb der Plattform ist der Sache auf der Spur.",
        )
    except Exception:
        if attempt < ATTEMPTS:
            raise
        logger.exception("report_failed", report_id=report_id)
        await _fail(making, "internal_error", _FAILED)


async def _make(making: _Making) -> None:
    await making.step("zahlen")
    content = await _content(making)
    await making.step("bilder")
    article = await asyncio.to_thread(render_article, content, ARTICLE_TITLE_LEVEL)
    await making.step("html")
    document = await asyncio.to_thread(render_document, content)
    await making.step("pdf")
    pdf = await asyncio.to_thread(render_pdf, content)
    await making.step("pruefung")
    await asyncio.to_thread(check_rendered, content, document, pdf)
    await making.step("ablage")
    await _store(making, {"article": article.encode(), "html": document, "pdf": pdf})


async def _content(making: _Making) -> Content:
    """The content from the frozen figures alone."""
    async with making.context.database.read_session(making.principal) as session:
        row = await repository.find(session, making.report_id)
        body = await repository.read_snapshot(session, making.report_id)
    if row is None or body is None:
        raise CannotBeMade(
            "report_withdrawn",
            "Bevor der Bericht fertig war, wurden Zahlen darin zum Schutz der Betroffenen "
            "zurückgezogen. Erstellen Sie ihn mit den heutigen Zahlen neu.",
        )
    if fingerprint_of(body) != bytes(row["fingerprint"]):
        raise CannotBeMade(
            "snapshot_damaged",
            "Die eingefrorenen Zahlen sind nicht mehr die, die gelesen wurden. Erstellen Sie den "
            "Bericht neu.",
        )
    return await asyncio.to_thread(content_of, row, body)


def content_of(row: dict[str, Any], body: bytes) -> Content:
    """The content of a stored report: a function of its record and its snapshot, no more."""
    created_at: datetime = row["created_at"]
    head = ReportHead(
        reference=row["reference"],
        publisher=row["publisher"],
        created_at=created_at,
        fingerprint=bytes(row["fingerprint"]).hex(),
        map_indicator=row["parameters"]["map_indicator"],
        chart_indicator=row["parameters"]["chart_indicator"],
    )
    return build_profile(decode(body), head)


async def _store(making: _Making, files: dict[str, bytes]) -> None:
    """Store the files by their content, then name them all and finish in one transaction.

    Writing an object again changes nothing, so that a worker may die between any two steps.
    """
    rows = []
    for file_format, body in files.items():
        digest = hashlib.sha256(body).digest()
        path = f"reports/{digest.hex()[:2]}/{digest.hex()}"
        await obstore.put_async(making.context.objects, path, body)
        rows.append(
            {
                "report_id": making.report_id,
                "format": file_format,
                "media_type": MEDIA_TYPES[file_format],
                "size_bytes": len(body),
                "sha256": digest,
                "object_path": path,
            }
        )
    progress = {"step": "", "label": FINISHED, "done": len(STEPS), "total": len(STEPS)}
    async with making.context.database.write_session(making.principal) as session:
        row = await repository.lock(session, making.report_id)
        if row is None or row["state"] != "rendering":
            return
        await repository.add_files(session, rows)
        await repository.end(session, making.report_id, progress, None)
        await audit.record(
            session, "report", making.principal, "report.finished", "report", making.report_id
        )


async def _fail(making: _Making, code: str, detail: str) -> None:
    progress = {
        "step": "",
        "label": "Der Bericht konnte nicht erstellt werden",
        "done": 0,
        "total": len(STEPS),
    }
    async with making.context.database.write_session(making.principal) as session:
        failure = {"code": code, "detail": detail}
        if await repository.end(session, making.report_id, progress, failure):
            await audit.record(
                session, "report", making.principal, "report.failed", "report", making.report_id
            )
