"""Exports of a million rows: how fast beside a bare script, and with how much memory."""

import http.client
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pyarrow.parquet

from deploy.local.processes import ProcessMark
from tests.performance import figures_export_bare
from tests.performance.figures_world import FiguresWorld
from tests.performance.measuring import Comparison
from tests.performance.process_memory import forget_peak, peak_megabytes
from tests.support.platform import RunningPlatform, running_platform

ROWS, FEW_ROWS = 1_000_000, 100_000
MEMORY_GOAL = 1.1
_PIECE_BYTES = 1 << 20
_PATIENCE = 300.0
_SERVICE = "indicator_api"


@dataclass(frozen=True, slots=True)
class Export:
    """A question with about so many answers: these measures, these years, all breakdowns."""

    measures: tuple[str, ...]
    years: tuple[int, ...]

    def path(self, form: str) -> str:
        """Where the platform gives it, as CSV or Parquet."""
        query = [("measure", code) for code in self.measures]
        query += [("period", f"{self.years[0]}..{self.years[-1]}"), ("level", "quartier")]
        return "/v1/observations?" + urlencode([*query, ("breakdown", "*"), ("f", form)])


def compare_exports(world: FiguresWorld, folder: Path, repetitions: int) -> list[Comparison]:
    """CSV and Parquet: rows per second, and the service's peak memory for many and few rows."""
    found = []
    target = folder / "export"
    with running_platform(world.database, folder / "exports", [_SERVICE]) as platform:
        many, few = (_export(world, rows) for rows in (ROWS, FEW_ROWS))
        for form in ("csv", "parquet"):
            _save(platform, few.path(form), target)
            found.append(_compare_speed(world, platform, many, form, target, repetitions))
            found.append(_compare_memory(platform, many, few, form, target, repetitions))
    return found


def _export(world: FiguresWorld, rows: int) -> Export:
    """As many of the deepest measures, and as many years, as it takes."""
    quarters, years, breakdowns = (
        [value for (value,) in world.database.execute(statement)]
        for statement in (
            "SELECT id FROM indicator.area WHERE kind = 'quartier'",
            "SELECT id / 10000 FROM indicator.period ORDER BY 1",
            "SELECT id FROM indicator.breakdown WHERE id IN"
            " (SELECT breakdown_id FROM indicator.released_slice)",
        )
    )
    a_year = len(quarters) * len(breakdowns)
    number = min(max(rows // a_year, 1), len(years))
    measures = max(round(rows / (a_year * number)), 1)
    chosen = tuple(int(str(value)) for value in years[-number:])
    return Export(world.filled.measures[:measures], chosen)


def _compare_speed(
    world: FiguresWorld,
    platform: RunningPlatform,
    export: Export,
    form: str,
    target: Path,
    repetitions: int,
) -> Comparison:
    comparison = Comparison(f"export of 1 M rows, {form}", is_rate=True, unit="rows/s")
    write = {"csv": figures_export_bare.write_csv, "parquet": figures_export_bare.write_parquet}
    sides: list[tuple[list[float], Callable[[], Any]]] = [
        (
            comparison.bare,
            lambda: write[form](
                world.database.admin_url, export.measures, export.years, target.with_name("bare")
            ),
        ),
        (comparison.platform, lambda: _save(platform, export.path(form), target)),
    ]
    for repetition in range(repetitions):
        for rates, make in sides if repetition % 2 else reversed(sides):
            started = time.perf_counter()
            make()
            rates.append(1.0 / (time.perf_counter() - started))
    rows = _rows(target, form)
    bare_rows = _rows(target.with_name("bare"), form)
    assert abs(rows - bare_rows) <= 0.01 * bare_rows, f"{form}: {rows:,} of {bare_rows:,} rows"
    for rates, count in ((comparison.bare, bare_rows), (comparison.platform, rows)):
        rates[:] = [rate * count for rate in rates]
    sizes = [os.path.getsize(path) / 1e6 for path in (target.with_name("bare"), target)]
    comparison.notes.append(f"{rows:,} rows; {sizes[0]:.0f} MB bare, {sizes[1]:.0f} MB")
    return comparison


def _compare_memory(
    platform: RunningPlatform,
    many: Export,
    few: Export,
    form: str,
    target: Path,
    repetitions: int,
) -> Comparison:
    """Peak memory of the service; the column „bare“ is the export of a tenth of the rows."""
    comparison = Comparison(
        f"memory for a {form} of 1 M rows beside 100,000",
        is_rate=False,
        goal=MEMORY_GOAL,
        unit="MB",
    )
    mark = ProcessMark.read(platform.folder.processes / f"{_SERVICE}.json")
    assert mark is not None, "the service has no process"
    for repetition in range(repetitions):
        sides = [(comparison.bare, few), (comparison.platform, many)]
        for peaks, export in sides if repetition % 2 else reversed(sides):
            forget_peak(mark.pid)
            _save(platform, export.path(form), target)
            peaks.append(peak_megabytes(mark.pid))
    return comparison


def _save(platform: RunningPlatform, path: str, target: Path) -> None:
    """Fetch into a file piece by piece."""
    place = urlsplit(platform.urls[_SERVICE])
    connection = http.client.HTTPConnection(place.netloc, timeout=_PATIENCE)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read(2000).decode()
        with target.open("wb") as file:
            while piece := answer.read(_PIECE_BYTES):
                file.write(piece)
    finally:
        connection.close()


def _rows(path: Path, form: str) -> int:
    if form == "parquet":
        return int(pyarrow.parquet.read_metadata(path).num_rows)
    with path.open("rb") as file:
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(_PIECE_BYTES), b"")) - 1
