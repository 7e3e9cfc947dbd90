"""`deliver` against the real service: what it says, saves and ends with, whatever breaks."""

import hashlib
import json
import os
import resource
import subprocess
import sys
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.indicator_api.kept_world import keep
from tests.indicator_api.world import World, make_world
from tests.support.databases import TestDatabase
from tests.support.delivery_processes import (
    SERVICE,
    WORKER,
    DeliveryProcesses,
    delivery_processes,
)
from tests.support.faulty_line import Cut, FaultyLine, Hold, Says, faulty_line
from tests.support.small_disk import small_disk

ROOT = Path(__file__).parents[2]
HEAD = "area;period;measure;value;breakdown"


@dataclass(slots=True)
class Desk:
    """A sender's desk: files, a key, and the command."""

    processes: DeliveryProcesses
    database: TestDatabase
    key: str
    url: str

    def command(self, *arguments: str | Path) -> list[str]:
        """The command line; short pauses, for the tests."""
        given = [str(argument) for argument in arguments]
        return [sys.executable, "-m", "deploy", "deliver", *given, "--pause", "0.2"]

    def environment(self, **changes: str) -> dict[str, str]:
        """What the command finds in its environment."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("QB_")}
        return inherited | {"QB_API_KEY": self.key, "QB_API_URL": self.url, **changes}

    def run(self, *arguments: str | Path, **more: Any) -> "subprocess.CompletedProcess[str]":
        """Run the command to its end."""
        return subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env=self.environment(**more.pop("environment", {})),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **more,
        )

    def started(self, *arguments: str | Path) -> "subprocess.Popen[str]":
        """The command, begun."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=ROOT,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def as_json(self, *arguments: str | Path) -> tuple[int, dict[str, Any]]:
        """Exit code and document."""
        done = self.run(*arguments, "--json")
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def deliveries(self, name: str) -> list[tuple[object, ...]]:
        """State of each delivery of a file with this name, oldest first."""
        return self.database.execute(
            "SELECT state FROM indicator.delivery WHERE filename = %s ORDER BY number", name
        )


@pytest.fixture(scope="module")
async def made(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A small world in a database of its own."""
    objects = tmp_path_factory.mktemp("objects")
    async with (
        keep(template_database, objects / "kept", make_world) as kept,
        kept.opened(objects / "opened") as world,
    ):
        yield world


@pytest.fixture(scope="module")
def processes(made: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeliveryProcesses]:
    """The service and its worker, running."""
    objects = Path(made.stack.worker_settings.object_store_url.removeprefix("file://"))
    root = tmp_path_factory.mktemp("processes")
    with delivery_processes(made.stack.database, objects, root) as found:
        found.start(SERVICE)
        found.start(WORKER)
        yield found


@pytest.fixture
def desk(made: World, processes: DeliveryProcesses) -> Desk:
    """A desk with the office's key; all processes run."""
    for name in (SERVICE, WORKER):
        if name not in processes.running:
            processes.start(name)
    return Desk(processes, made.stack.database, made.office, processes.url)


@pytest.fixture
def line(desk: Desk) -> Iterator[FaultyLine]:
    """A line that breaks as told; the desk speaks through it."""
    with faulty_line(desk.processes.port) as line:
        desk.url = line.url
        yield line


@pytest.fixture
def file(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A file that is right; its name and its cells are the test's own."""
    return write(tmp_path / f"{zlib.crc32(request.node.name.encode()):x}.csv")


def write(path: Path, value: object = 100, rows: int = 3) -> Path:
    """A file of its own breakdown, so that the cells of two tests never meet."""
    lines, own = [HEAD], zlib.crc32(path.name.encode())
    lines += [
        f"9900100{1 + n % 3};{2001 + n // 3 % 20};lb;{value};T{own}={n // 60}" for n in range(rows)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_what_was_taken_is_told_and_not_delivered_again(desk: Desk, file: Path) -> None:
    first = desk.run(file, "--dataset", "sgb2")
    assert first.returncode == 0, first.stderr
    assert "übernommen" in first.stdout
    assert "3 neu, 0 geändert, 0 unverändert" in first.stdout
    assert "Gesendet" in first.stderr
    again = desk.run(file, "--dataset", "sgb2", "--quiet")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert desk.deliveries(file.name) == [("accepted",)]
    code, document = desk.as_json(file, "--dataset", "sgb2")
    assert (code, document["is_known"], document["exit"]) == (0, True, 0)
    # the same file for other options is another order
    code, document = desk.as_json(file, "--dataset", "sgb2", "--dry-run")
    assert (code, document["delivery"]["state"]) == (0, "checked")
    assert document["is_known"] is False


def test_a_file_whose_values_were_replaced_since_is_delivered_again(desk: Desk, file: Path) -> None:
    """Monday's file is also Wednesday's, after another one on Tuesday."""
    monday = file.read_text()
    for text, changed in ((monday, 0), (monday.replace(";100;", ";200;"), 3), (monday, 3)):
        file.write_text(text)
        for _ in range(2):
            code, document = desk.as_json(file, "--dataset", "sgb2")
            assert code == 0
            assert document["delivery"]["counts"]["changed"] == changed
    assert desk.deliveries(file.name) == [("accepted",)] * 3


def test_findings_are_told_by_kind_with_their_first_rows(desk: Desk, file: Path) -> None:
    write(file, "zwölf", rows=9)
    done = desk.run(file, "--dataset", "sgb2")
    assert done.returncode == 2
    assert "zurückgewiesen" in done.stdout
    assert "(9 ×, number_invalid)" in done.stdout
    assert done.stdout.count("Zeile ") == 5
    assert "→" in done.stdout
    again, document = desk.as_json(file, "--dataset", "sgb2", "--again")
    assert (again, len(document["findings"])) == (2, 5)
    assert desk.deliveries(file.name) == [("rejected",), ("rejected",)]


def test_a_delivery_that_failed_is_sent_anew_by_the_same_call(desk: Desk, file: Path) -> None:
    desk.processes.kill(WORKER)
    assert desk.run(file, "--dataset", "sgb2", "--no-wait").returncode == 0
    desk.database.execute(
        "UPDATE indicator.delivery SET state = 'failed', finished_at = now(),"
        """ failure = '{"code": "storage_full", "detail": "voll"}' WHERE filename = %s""",
        file.name,
    )
    desk.processes.start(WORKER)
    code, document = desk.as_json(file, "--dataset", "sgb2")
    assert (code, document["is_known"]) == (0, False)
    code, document = desk.as_json(file, "--dataset", "sgb2")
    assert (code, document["is_known"]) == (0, True)
    assert desk.deliveries(file.name) == [("failed",), ("accepted",)]


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param([Says(503), Says(500), Says(502)], id="5xx"),
        pytest.param([Says(429, "Retry-After: 1\r\n")], id="429"),
        pytest.param([Cut("request", 300_000)], id="half the body"),
        pytest.param([Cut("answer", 0)], id="answer lost"),
        pytest.param([Cut("answer", 60), Cut("answer", 0), Says(503)], id="several"),
    ],
)
def test_what_breaks_on_the_way_is_tried_again_and_delivered_once(
    desk: Desk, line: FaultyLine, file: Path, faults: list[Cut | Says]
) -> None:
    write(file, rows=20_000)
    line.faults.extend(faults)
    began = time.monotonic()
    done = desk.run(file, "--dataset", "sgb2", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["delivery"]["state"]) == (0, "accepted"), done.stderr
    assert document["is_known"] is False
    assert line.met == faults
    assert done.stderr.count("Nächster Versuch") == len(faults)
    if isinstance(faults[0], Says) and faults[0].headers:
        assert time.monotonic() - began >= 1
    assert desk.deliveries(file.name) == [("accepted",)]


def test_a_service_killed_in_the_middle_of_the_upload_and_back_again(
    desk: Desk, line: FaultyLine, file: Path
) -> None:
    write(file, rows=20_000)
    line.faults.append(Hold(200_000))
    with desk.started(file, "--dataset", "sgb2") as process:
        assert line.holds.wait(30)
        desk.processes.kill(SERVICE)
        line.let_go.set()
        desk.processes.start(SERVICE)
        out, _ = process.communicate(timeout=60)
    assert (process.returncode, desk.deliveries(file.name)) == (0, [("accepted",)])
    assert "20.000 neu" in out


def test_service_and_worker_killed_while_the_result_is_awaited(desk: Desk, file: Path) -> None:
    desk.processes.kill(WORKER)
    with desk.started(file, "--dataset", "sgb2") as process:
        wait_for(lambda: desk.deliveries(file.name) == [("received",)])
        desk.processes.kill(SERVICE)
        assert process.stderr is not None
        while "nicht zu erreichen" not in process.stderr.readline():
            assert process.poll() is None
        desk.processes.start(SERVICE)
        desk.processes.start(WORKER)
        out, _ = process.communicate(timeout=60)
    assert (process.returncode, desk.deliveries(file.name)) == (0, [("accepted",)])
    assert "3 neu" in out


def test_a_service_that_stays_away_ends_the_call_in_words(desk: Desk, file: Path) -> None:
    done = desk.run(
        file, "--dataset", "sgb2", "--attempts", "2", "--json",
        environment={"QB_API_URL": "http://127.0.0.1:9"},
    )  # fmt: skip
    assert done.returncode == 5
    assert json.loads(done.stdout)["exit"] == 5
    assert "nach 2 Versuchen aufgegeben" in done.stderr


def test_a_result_that_takes_too_long_is_found_by_the_next_call(desk: Desk, file: Path) -> None:
    desk.processes.kill(WORKER)
    done = desk.run(file, "--dataset", "sgb2", "--longest-wait", "0")
    assert done.returncode == 5
    assert "noch nicht fertig" in done.stderr
    desk.processes.start(WORKER)
    code, document = desk.as_json(file, "--dataset", "sgb2")
    assert (code, document["is_known"]) == (0, True)
    assert desk.deliveries(file.name) == [("accepted",)]


def test_a_wrong_key_is_told_before_anything_is_sent(desk: Desk, file: Path) -> None:
    done = desk.run(file, "--dataset", "sgb2", environment={"QB_API_KEY": "qbk_falsch_geheim"})
    assert done.returncode == 4
    assert "Gesendet" not in done.stderr
    assert "geheim" not in done.stdout + done.stderr


def test_a_dataset_of_nobody_is_refused_in_the_services_words(desk: Desk, file: Path) -> None:
    code, document = desk.as_json(file, "--dataset", "gibtesnicht")
    assert code == 4
    assert document["problem"]["status"] == 404


def test_a_key_used_for_another_file_is_refused(desk: Desk, file: Path) -> None:
    assert desk.run(file, "--dataset", "sgb2", "--key", file.name).returncode == 0
    write(file, 7)
    code, document = desk.as_json(file, "--dataset", "sgb2", "--key", file.name)
    assert (code, document["problem"]["code"]) == (4, "idempotency_key_reused")


def test_the_key_may_stand_in_a_file_that_nobody_else_can_read(
    desk: Desk, file: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "schluessel"
    secret.write_text(desk.key + "\n")
    secret.chmod(0o640)
    arguments = (file, "--dataset", "sgb2", "--key-file", secret)
    refused = desk.run(*arguments, environment={"QB_API_KEY": ""})
    assert refused.returncode == 4
    assert "chmod 600" in refused.stderr
    secret.chmod(0o600)
    done = desk.run(*arguments, environment={"QB_API_KEY": ""})
    assert done.returncode == 0, done.stderr
    assert desk.key not in done.stdout + done.stderr


def test_receipt_and_annotated_file_are_saved_whole(desk: Desk, file: Path, tmp_path: Path) -> None:
    arguments = (file, "--dataset", "sgb2", "--receipt")
    code, document = desk.as_json(*arguments, tmp_path / "beleg.json", "--annotated", tmp_path)
    assert (code, document["not_offered"]) == (0, ["annotated"])
    receipt = json.loads((tmp_path / "beleg.json").read_text())
    assert receipt["file"]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    (tmp_path / "belege").mkdir()
    code, document = desk.as_json(*arguments, tmp_path / "belege")
    assert code == 0
    (saved,) = (tmp_path / "belege").iterdir()
    assert document["saved"] == {"receipt": str(saved)}
    assert saved.read_bytes().startswith(b"%PDF-")
    write(file, "zwölf")
    code, document = desk.as_json(
        file, "--dataset", "sgb2", "--annotated", tmp_path / "befunde.csv"
    )
    assert (code, document["saved"]) == (2, {"annotated": str(tmp_path / "befunde.csv")})
    assert "qb_befund" in (tmp_path / "befunde.csv").read_text()


def test_a_receipt_for_which_there_is_no_space_leaves_the_earlier_one(
    desk: Desk, file: Path, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", "16k") as disk:
        (disk / "beleg.pdf").write_text("der frühere")
        done = desk.run(file, "--dataset", "sgb2", "--receipt", disk / "beleg.pdf")
        assert done.returncode == 6
        assert "ließ sich nicht speichern: No space left on device" in done.stdout
        assert [path.read_text() for path in disk.iterdir()] == ["der frühere"]
    assert desk.deliveries(file.name) == [("accepted",)]
    done = desk.run(
        file, "--dataset", "sgb2", "--receipt", tmp_path / "beleg.pdf",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
    )  # fmt: skip
    assert (done.returncode, (tmp_path / "beleg.pdf").exists()) == (6, False)
    done = desk.run(file, "--dataset", "sgb2", "--receipt", tmp_path / "beleg.pdf")
    assert (done.returncode, (tmp_path / "beleg.pdf").exists()) == (0, True)


@pytest.mark.parametrize(
    "url", ["http://daten.example", "ftp://127.0.0.1", "https://a:b@daten.example", "daten"]
)
def test_the_secret_goes_over_no_open_line(desk: Desk, file: Path, url: str) -> None:
    done = desk.run(file, "--dataset", "sgb2", "--url", url)
    assert done.returncode == 4
    assert "Traceback" not in done.stderr


def test_no_argument_takes_the_secret() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy", "deliver", "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "--api-key" not in done.stdout


def test_a_wrong_call_is_told_apart_from_a_faulty_file(desk: Desk, tmp_path: Path) -> None:
    assert desk.run(tmp_path / "fehlt.csv", "--dataset", "sgb2").returncode == 4
    assert desk.run("--frei-erfunden").returncode == 4
    (tmp_path / "leer.csv").touch()
    empty = desk.run(tmp_path / "leer.csv", "--dataset", "sgb2")
    assert (empty.returncode, "ist leer" in empty.stderr) == (4, True)


def test_it_starts_quickly_and_without_the_platforms_own_libraries() -> None:
    heavy = ("sqlalchemy", "polars", "fastapi", "psycopg", "alembic", "pydantic")
    code = f"import sys, deploy.cli\nprint([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def wait_for(is_so: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)
