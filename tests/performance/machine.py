"""What a measurement ran on."""

import os
import platform
from typing import Any

import psycopg


def machine_facts(server_url: str) -> dict[str, Any]:
    """Cores, memory and versions; `server_url` is any database of the server measured."""
    with psycopg.connect(server_url) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version'), (SELECT default_version"
            " FROM pg_available_extensions WHERE name = 'postgis')"
        ).fetchone()
    assert row is not None
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory / 2**30, 1),
        "load_at_start": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "postgresql": row[0].split(" ")[0],
        "postgis": row[1],
    }
