"""A report from the request to its finished files, beside the bare Typst compile of its source."""

import time
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any, cast

import httpx
import typst

from services.report_api.content.blocks import Content
from services.report_api.rendering.checks import check_rendered
from services.report_api.rendering.html import render_article, render_document
from services.report_api.rendering.pdf import fonts, render_pdf, typst_files
from services.report_api.reports.tasks import content_of
from tests.performance.measuring import Comparison
from tests.support import databases
from tests.support.demo import Demo
from tests.support.platform import RunningPlatform, running_platform
from tests.support.stack import as_bearer, new_key

_ACCOUNT = "ministerium"
# Municipalities of one Kreis: each is reported on once, so that nothing is remembered.
_KREIS = "05566"
_SERVICES = ("consultation_api", "indicator_api", "report_api", "report_worker")
_PATIENCE = 120.0


def compare_report(demo: Demo, folder: Path, repetitions: int) -> Comparison:
    """Seconds from the request until HTML, PDF and article are checked and stored.

    A service, its worker and PostgreSQL as processes of their own. The first report warms both
    sides up and is not counted. The notes name what rendering alone takes.
    """
    comparison = Comparison("report, from the request to its files", is_rate=False)
    parts: dict[str, list[float]] = {"PDF": [], "HTML": [], "checks": []}
    database = databases.clone(demo.template)
    with (
        running_platform(database, folder / "report", _SERVICES) as platform,
        httpx.Client(timeout=_PATIENCE, trust_env=False) as client,
    ):
        client.headers.update(_login(client, platform, demo.store.password(_ACCOUNT)))
        for number, area in enumerate(_areas(client, platform, repetitions + 1)):
            seconds, report = _make(client, platform, area)
            content = _content(client, platform, report)
            bare, measured = _compile(content), _render(content)
            if number == 0:
                continue
            comparison.platform.append(seconds)
            comparison.bare.append(bare)
            for name, value in measured.items():
                parts[name].append(value)
    databases.drop(database)
    spent = ", ".join(f"{name} {median(values):.2f} s" for name, values in parts.items())
    comparison.notes.append(f"of it rendering: {spent}")
    return comparison


def _login(client: httpx.Client, platform: RunningPlatform, password: str) -> dict[str, str]:
    answer = client.post(
        f"{platform.urls['consultation_api']}/v1/tokens",
        json={"grant_type": "password", "name": _ACCOUNT, "password": password},
    )
    answer.raise_for_status()
    return as_bearer(answer.json()["access_token"])


def _areas(client: httpx.Client, platform: RunningPlatform, count: int) -> list[str]:
    answer = client.get(
        f"{platform.urls['indicator_api']}/v1/areas",
        params={"kind": "gemeinde", "within": _KREIS, "limit": count},
    )
    answer.raise_for_status()
    codes = [item["code"] for item in answer.json()["items"]]
    assert len(codes) == count, f"the Kreis has {len(codes)} municipalities"
    return codes


def _make(
    client: httpx.Client, platform: RunningPlatform, area: str
) -> tuple[float, dict[str, Any]]:
    """Ask for a report and wait for it; the seconds it took, and its document."""
    url = platform.urls["report_api"]
    started = time.perf_counter()
    answer = client.post(
        f"{url}/v1/reports",
        json={"template": "gemeindeprofil", "area": area, "parameters": {}},
        headers=new_key(),
    )
    assert answer.status_code == 202, answer.text
    while True:
        report: dict[str, Any] = client.get(f"{url}{answer.headers['Location']}").json()
        seconds = time.perf_counter() - started
        if report["state"] == "finished":
            return seconds, report
        assert report["state"] != "failed", report["failure"]
        assert seconds < _PATIENCE, report
        time.sleep(0.005)


def _content(client: httpx.Client, platform: RunningPlatform, report: dict[str, Any]) -> Content:
    """What the worker rendered, from the report's own snapshot."""
    url = f"{platform.urls['report_api']}/v1/reports/{report['id']}/snapshot"
    answer = client.get(url)
    answer.raise_for_status()
    row = {
        "reference": report["reference"],
        "publisher": "Ministerium",
        "created_at": datetime.fromisoformat(report["created_at"]),
        "fingerprint": bytes.fromhex(report["fingerprint"]),
        "parameters": report["parameters"],
    }
    return content_of(row, answer.content)


def _compile(content: Content) -> float:
    """Seconds of the bare compile alone: its source, pictures included, is made before."""
    files = cast(Any, typst_files(content))
    started = time.perf_counter()
    typst.compile(files, font_paths=fonts(), pdf_standards=["ua-1"], timestamp=content.timestamp)
    return time.perf_counter() - started


def _render(content: Content) -> dict[str, float]:
    """Seconds of each part of rendering in this process; Typst has set this source just before."""
    made = time.perf_counter()
    pdf = render_pdf(content)
    written = time.perf_counter()
    render_article(content, 2)
    document = render_document(content)
    checked = time.perf_counter()
    check_rendered(content, document, pdf)
    return {
        "PDF": written - made,
        "HTML": checked - written,
        "checks": time.perf_counter() - checked,
    }
