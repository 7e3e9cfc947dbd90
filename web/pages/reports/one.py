"""One report: how far it is, then what came of it."""

from dataclasses import dataclass
from uuid import uuid4

from markupsafe import Markup
from starlette.responses import Response

from web.clients.base import ServiceProblem
from web.clients.report_types import Report
from web.pages.reports.address import (
    LIST_PATH,
    again_path,
    composition_of_report,
    report_path,
)
from web.pages.reports.words import (
    FORMAT_LABELS,
    RUNNING,
    STEPS,
    announcement_of,
    created_words,
)
from web.panels import panel
from web.replies import render
from web.visit import Visit
from web.waiting import watch

STYLES = ["css/deliveries.css", "css/report-article.css", "css/report.css"]


@dataclass(frozen=True, slots=True)
class Content:
    """What a finished report says; `is_withheld` where its figures may not be read any more."""

    article: Markup | None = None
    is_withheld: bool = False


async def show(visit: Visit, report: Report) -> Response:
    """The report's page; while it is made, the page looks again by itself."""
    path = report_path(report)
    waiting = watch(visit, path, report.state, is_running=report.state in RUNNING)
    content = await _content(visit, report)
    context = {
        "title": report.title,
        "crumbs": [("Berichte", LIST_PATH)],
        "report": report,
        "path": path,
        "content": content,
        "again_path": again_path(report),
        "composition": composition_of_report(report),
        "idempotency_key": str(uuid4()),
        "steps": STEPS,
        "done_steps": _steps_done(report),
        "format_labels": FORMAT_LABELS,
        "created_words": created_words(report),
        "choice_facts": await _choice_facts(visit, report),
        "waiting": waiting,
        "announcement": announcement_of(report) if waiting.is_news else "",
        "refresh": waiting.next_look,
        "page_styles": STYLES,
        "page_class": "report-page",
    }
    return render(
        visit,
        "pages/reports/one.html",
        context,
        partial="pages/reports/outcome.html",
        status=410 if content.is_withheld else 200,
    )


async def _content(visit: Visit, report: Report) -> Content:
    if report.state != "finished":
        return Content()
    try:
        # The holder of withdrawn figures still reads them; only the service knows who that is.
        return Content(await visit.reports.article(report.id))
    except ServiceProblem as problem:
        if problem.status != 410:
            raise
        return Content(is_withheld=True)


def _steps_done(report: Report) -> int:
    """How many steps lie behind; -1 while the report waits for its turn."""
    step = report.progress.step if report.progress else ""
    return next((index for index, known in enumerate(STEPS) if known.code == step), -1)


async def _choice_facts(visit: Visit, report: Report) -> list[tuple[str, str]]:
    """The indicators of map and chart by name, as (label, text); by code where unnamed."""
    chosen = (
        ("Karte", report.parameters.map_indicator),
        ("Entwicklung", report.parameters.chart_indicator),
    )
    if report.state != "finished" or not any(code for _, code in chosen):
        return []
    read = await panel(visit.indicator.indicators(has_figures=True), "Die Namen der Indikatoren")
    names = {item.code: item.name for item in (read.value.items if read.value else ())}
    return [(label, names.get(code, code)) for label, code in chosen if code]
