"""`make bench`: the platform beside bare scripts, as ratios of one run on this machine."""

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.cluster import Cluster
from tests.performance.disclosure import compare_disclosure
from tests.performance.figures import measure_figures
from tests.performance.intake import compare_intake
from tests.performance.intake_processes import measure_memory, measure_senders
from tests.performance.machine import machine_facts
from tests.performance.measuring import Comparison, table, write
from tests.performance.report import compare_report
from tests.performance.serving import compare_serving
from tests.performance.upload import compare_upload
from tests.support import databases
from tests.support.demo import load_once

ROOT = Path(__file__).parents[2]
PARTS = ("serving", "report", "intake", "disclosure", "figures")
OUTPUT = ROOT / "tests" / ".output" / "bench.json"


def main() -> None:
    """Measure, print the table, write `tests/.output/bench.json`."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="a part of it")
    parser.add_argument("--repetitions", type=int, default=5, help="measurements of each (odd)")
    parser.add_argument("--rows", type=int, default=20_000_000, help="figures at scale: how many")
    parser.add_argument(
        "--keep", action="store_true", help="keep the figures for the next run (some gigabytes)"
    )
    parser.add_argument(
        "--whole-state", action="store_true", help="disclosure: all municipalities, up to hours"
    )
    parser.add_argument("--forget", action="store_true", help="remove what was kept, and end")
    arguments = parser.parse_args()
    figures = Cluster("bench-figures", ROOT / ".local")
    if arguments.forget:
        figures.destroy()
        return
    parts = PARTS if arguments.only is None else (arguments.only,)
    comparisons: list[Comparison] = []
    if parts != ("figures",):
        with _server(Cluster("bench-cluster", ROOT / ".local", is_disposable=True)) as server_url:
            machine = machine_facts(server_url)
            with tempfile.TemporaryDirectory() as folder:
                comparisons += _measure(server_url, Path(folder), parts, arguments.repetitions)
                if "disclosure" in parts:
                    print("Measuring the protection of releases …", flush=True)
                    comparisons += compare_disclosure(Path(folder), is_whole=arguments.whole_state)
    if "figures" in parts:
        with _server(figures) as server_url, tempfile.TemporaryDirectory() as folder:
            machine = machine_facts(server_url)
            print("Measuring figures at scale …", flush=True)
            comparisons += measure_figures(
                server_url,
                Path(folder),
                arguments.rows,
                arguments.repetitions,
                is_kept=arguments.keep,
            )
    print(", ".join(f"{name}: {value}" for name, value in machine.items()))
    print(f"Medians of {arguments.repetitions} repetitions in turn.\n")
    print(table(comparisons))
    write(OUTPUT, machine, comparisons)
    print(f"\nWritten to {OUTPUT.relative_to(ROOT)}")


@contextmanager
def _server(cluster: Cluster) -> Iterator[str]:
    """The server that QB_DATABASE_URL names, else this cluster, stopped at the end."""
    foreign = os.environ.get("QB_DATABASE_URL")
    if foreign:
        yield foreign
        return
    try:
        yield cluster.start()
    finally:
        cluster.stop()


def _measure(
    server_url: str, folder: Path, parts: tuple[str, ...], repetitions: int
) -> list[Comparison]:
    template = databases.make_template(server_url, "qb_bench_template")
    comparisons: list[Comparison] = []
    if {"serving", "report"} & set(parts):
        print("Loading the demo …", flush=True)
        demo = load_once(template, folder / "demo")
    if "serving" in parts:
        print("Measuring what is served …", flush=True)
        database = databases.clone(demo.template)
        comparisons += compare_serving(database, folder, repetitions)
        databases.drop(database)
    if "report" in parts:
        print("Measuring reports …", flush=True)
        comparisons.append(compare_report(demo, folder, repetitions))
    if "intake" in parts:
        print("Measuring deliveries …", flush=True)
        comparisons += compare_intake(template, folder, repetitions)
        comparisons.append(measure_memory(template, folder))
        comparisons.append(measure_senders(template, folder))
        comparisons.append(compare_upload(template, folder, repetitions))
    return comparisons


if __name__ == "__main__":
    main()
