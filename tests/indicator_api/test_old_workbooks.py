"""XLS workbooks that claim more room than there is end as a finding; the process lives on."""

import signal
from pathlib import Path

import pytest

from services.indicator_api.deliveries.annotating.annotating import HowToOpen, annotate
from services.indicator_api.deliveries.annotating.remarks import Remarks
from services.indicator_api.deliveries.reading import old_workbook_trial, workbook_limits
from services.indicator_api.deliveries.reading.opening import open_table
from services.indicator_api.deliveries.reading.unreadable import UnreadableError
from services.indicator_api.deliveries.workbook.recognising import find_template
from tests.indicator_api.old_workbooks import Cell, old_workbook

TABLE: list[Cell] = [
    (0, 0, "Gebiet"), (0, 1, "2023"),
    (1, 0, "99001001"), (1, 1, 5.0),
    (2, 0, "99001002"), (2, 1, 7.5),
]  # fmt: skip
# 300 columns of 2,147,483,647 rows: 24 terabytes
BEYOND_MEMORY = (0, 0x7FFFFFFF, 0, 300)
HOW = HowToOpen("", None)


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableError) as refused:
        open_table(path, "application/vnd.ms-excel", "a.xls")
    return refused.value.finding.hint


def test_an_old_workbook_is_read(tmp_path: Path) -> None:
    table = open_table(old_workbook(tmp_path / "a.xls", TABLE, (0, 3, 0, 2)), "", None)
    assert table.names == ("Gebiet", "2023")
    rows = [row for batch in table.batches() for row in batch.rows()]
    assert rows == [(2, "99001001", "5"), (3, "99001002", "7.5")]


def test_a_sheet_that_claims_terabytes_is_a_finding(tmp_path: Path) -> None:
    """Whoever opens it: checking and preview, the search for templates, annotating."""
    path = old_workbook(tmp_path / "a.xls", TABLE, BEYOND_MEMORY)
    assert "zu viel Speicher" in refusal(path)
    with pytest.raises(UnreadableError):
        find_template(path, period=None)
    with pytest.raises(UnreadableError):
        annotate(path, HOW, Remarks([], "de"), tmp_path / "b.xlsx")


def test_a_cell_in_the_last_corner_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook_limits, "MAXIMUM_CELLS", 999)
    path = old_workbook(tmp_path / "a.xls", [*TABLE, (99, 9, 1.0)], (0, 3, 0, 2))
    assert "weit außen" in refusal(path)


def test_a_broken_one_is_damaged(tmp_path: Path) -> None:
    path = old_workbook(tmp_path / "a.xls", TABLE)
    path.write_bytes(path.read_bytes()[:1500])
    assert refusal(path) == "Die Arbeitsmappe ist beschädigt oder geschützt."


@pytest.mark.parametrize(
    ("ends_with", "raised", "told"),
    [
        (signal.SIGXCPU, UnreadableError, "zu viel Speicher oder Zeit"),
        (signal.SIGSEGV, UnreadableError, "beschädigt"),
        # by the system, which has no memory left; by whoever stops the service
        (signal.SIGKILL, MemoryError, "killed"),
        (signal.SIGTERM, ChildProcessError, "ended with"),
    ],
)
def test_how_a_trial_ends_says_whose_fault_it_is(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ends_with: signal.Signals,
    raised: type[Exception],
    told: str,
) -> None:
    program = tmp_path / "ending.py"
    program.write_text(f"import os\nos.kill(os.getpid(), {int(ends_with)})\n")
    monkeypatch.setattr(old_workbook_trial, "__file__", str(program))
    with pytest.raises(raised, match=told):
        open_table(old_workbook(tmp_path / "a.xls", TABLE), "", None)
