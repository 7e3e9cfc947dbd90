"""Asking a running application many times over, from a process of its own."""

import json
import subprocess
import sys
from typing import Any
from urllib.parse import urlsplit


def ask(
    base: str,
    paths: list[str],
    requests: int,
    *,
    headers: dict[str, str] | None = None,
    concurrency: int = 8,
) -> dict[str, Any]:
    """Ask for the paths in turn; `rate` (1/s), `p50` and `p99` (s) and `bytes` of one answer.

    Whatever is neither 200 nor 304 is an error of the measurement.
    """
    place = urlsplit(base)
    plan = {
        "host": place.hostname,
        "port": place.port,
        "paths": paths,
        "headers": headers or {},
        "requests": requests,
        "concurrency": concurrency,
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.performance.load_client"],
        input=json.dumps(plan),
        check=True,
        capture_output=True,
        text=True,
    )
    outcome: dict[str, Any] = json.loads(done.stdout)
    assert outcome["statuses"] in ([200], [304]), f"{paths[0]}: {outcome['statuses']}"
    return outcome


def in_words(outcomes: list[dict[str, Any]]) -> str:
    """The outcome in the middle, for a note."""
    middle = sorted(outcomes, key=lambda outcome: outcome["rate"])[len(outcomes) // 2]
    return (
        f"p50 {middle['p50'] * 1000:.0f} ms, p99 {middle['p99'] * 1000:.0f} ms,"
        f" {middle['bytes']:,} bytes"
    )
