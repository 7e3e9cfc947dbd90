"""A small HTTP client in a process of its own: how many requests a second, and how slow.

`python -m tests.performance.load_client` reads a plan (`{"host": …, "port": …, "paths": […], …}`)
from its standard input and prints the outcome, both as JSON. It does as little as possible itself:
the machine is the server's.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import uvloop


@dataclass(slots=True)
class Outcome:
    """What a run of requests took."""

    seconds: list[float] = field(default_factory=list)
    bytes_read: int = 0
    statuses: set[int] = field(default_factory=set)


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, outcome: Outcome
) -> None:
    started = time.perf_counter()
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    lengths = [line[15:] for line in lines if line.startswith(b"content-length:")]
    if lengths:
        outcome.bytes_read += len(await reader.readexactly(int(lengths[0])))
    elif b"transfer-encoding: chunked" in lines:
        while size := int(await reader.readline(), 16):
            outcome.bytes_read += size
            await reader.readexactly(size + 2)
        await reader.readline()
    outcome.seconds.append(time.perf_counter() - started)
    outcome.statuses.add(int(lines[0].split(b" ")[1]))


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Send `requests` requests over `concurrency` connections, the paths in turn."""
    outcome = Outcome()
    headers = "".join(f"{name}: {value}\r\n" for name, value in plan["headers"].items())
    requests = [
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode()
        for path in plan["paths"]
    ]
    left = iter(range(plan["requests"]))

    async def connection() -> None:
        reader, writer = await asyncio.open_connection(plan["host"], plan["port"], limit=2**24)
        for number in left:
            await _ask(reader, writer, requests[number % len(requests)], outcome)
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(plan["concurrency"])))
    total = time.perf_counter() - started
    ordered = sorted(outcome.seconds)
    return {
        "rate": plan["requests"] / total,
        "p50": ordered[len(ordered) // 2],
        "p99": ordered[int(len(ordered) * 0.99)],
        "bytes": outcome.bytes_read // plan["requests"],
        "statuses": sorted(outcome.statuses),
    }


if __name__ == "__main__":
    print(json.dumps(uvloop.run(run(json.load(sys.stdin)))))
