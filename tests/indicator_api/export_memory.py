"""A process of its own that sends one file and says how its memory grew meanwhile.

`python -m tests.indicator_api.export_memory QUERY`: settings come from the environment, as for
the service; prints bytes sent, and resident memory in MiB after the first pieces and at its most.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from services.indicator_api.app import create_app

PIECES_BEFORE = 3


def resident() -> float:
    """Resident memory of this process in MiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


async def send_file(query: str) -> dict[str, float]:
    """Call the application as a server does, and throw away what it sends."""
    app = create_app()
    found: dict[str, float] = {"bytes": 0, "pieces": 0, "before": 0, "most": 0, "status": 0}
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/v1/observations",
        "raw_path": b"/v1/observations",
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"test")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            found["status"] = message["status"]
            return
        found["bytes"] += len(message.get("body", b""))
        found["pieces"] += 1
        memory = resident()
        if found["pieces"] <= PIECES_BEFORE:
            found["before"] = memory
        found["most"] = max(found["most"], memory)

    await app(scope, receive, send)
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(send_file(sys.argv[1]))))
