"""`make bench`: the platform beside bare scripts, as ratios of one run on this machine."""

import argparse
import os
import tempfile
from pathlib import Path

from deploy.local.cluster import Cluster
from tests.performance.intake import compare_intake
from tests.performance.machine import machine_facts
from tests.performance.measuring import Comparison, table, write
from tests.performance.report import compare_report
from tests.performance.serving import compare_serving
from tests.performance.upload import compare_upload
from tests.support import databases
from tests.support.demo import load_once

ROOT = Path(__file__).parents[2]
OUTPUT = ROOT / "tests" / ".output" / "bench.json"


def main() -> None:
    """Measure, print the table, write `tests/.output/bench.json`."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", choices=["intake", "serving", "report"], help="a part of it")
    parser.add_argument("--repetitions", type=int, default=5, help="measurements of each (odd)")
    arguments = parser.parse_args()
    cluster = Cluster("bench-cluster", ROOT / ".local", is_disposable=True)
    try:
        server_url = os.environ.get("QB_DATABASE_URL") or cluster.start()
        machine = machine_facts(server_url)
        with tempfile.TemporaryDirectory() as folder:
            comparisons = _measure(server_url, Path(folder), arguments.only, arguments.repetitions)
    finally:
        cluster.stop()
    print(", ".join(f"{name}: {value}" for name, value in machine.items()))
    print(f"Medians of {arguments.repetitions} repetitions in turn.\n")
    print(table(comparisons))
    write(OUTPUT, machine, comparisons)
    print(f"\nWritten to {OUTPUT.relative_to(ROOT)}")


def _measure(server_url: str, folder: Path, only: str | None, repetitions: int) -> list[Comparison]:
    template = databases.make_template(server_url, "qb_bench_template")
    comparisons: list[Comparison] = []
    if only != "intake":
        print("Loading the demo …", flush=True)
        demo = load_once(template, folder / "demo")
    if only in {None, "serving"}:
        print("Measuring what is served …", flush=True)
        database = databases.clone(demo.template)
        comparisons += compare_serving(database, folder, repetitions)
        databases.drop(database)
    if only in {None, "report"}:
        print("Measuring reports …", flush=True)
        comparisons.append(compare_report(demo, folder, repetitions))
    if only in {None, "intake"}:
        print("Measuring deliveries …", flush=True)
        comparisons += compare_intake(template, folder, repetitions)
        comparisons.append(compare_upload(template, folder, repetitions))
    return comparisons


if __name__ == "__main__":
    main()
