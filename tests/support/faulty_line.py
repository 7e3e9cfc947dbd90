"""A line to a service that breaks as told: a TCP relay on a port of its own."""

import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

Side = Literal["request", "answer"]


@dataclass(frozen=True, slots=True)
class Cut:
    """The line is cut after so many bytes of the request or of the answer were let through."""

    side: Side
    after: int


@dataclass(frozen=True, slots=True)
class Says:
    """The line itself answers, in place of the service, and takes the whole request first."""

    status: int
    headers: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """The line lets so many bytes of the request through, and no more until it is let go."""

    after: int


Fault = Cut | Says | Hold


@dataclass(slots=True)
class FaultyLine:
    """Relays to `target`; the next requests that begin as `matches` meet the `faults` in turn."""

    target: tuple[str, int]
    matches: bytes = b"POST /v1/deliveries"
    faults: deque[Fault] = field(default_factory=deque)
    met: list[Fault] = field(default_factory=list)
    port: int = 0
    holds: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Where to speak to the service through the line."""
        return f"http://127.0.0.1:{self.port}"

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection(self.target) as service:
            # bytes of an answer that may still pass; none: all
            budget: list[int | None] = [None]
            answers = threading.Thread(
                target=_pass_answers, args=(service, client, budget), daemon=True
            )
            answers.start()
            self._pass_requests(client, service, budget)
            _hang_up(client, service)
            answers.join(60)

    def _pass_requests(
        self, client: socket.socket, service: socket.socket, budget: list[int | None]
    ) -> None:
        limit: int | None = None
        fault: Fault | None = None
        while chunk := client.recv(65536):
            if self.faults and chunk.startswith(self.matches):
                fault = self.faults.popleft()
                self.met.append(fault)
                if isinstance(fault, Says):
                    _answer(client, chunk, fault)
                    return
                if isinstance(fault, Cut) and fault.side == "answer":
                    budget[0] = fault.after
                else:
                    limit = fault.after
            if limit is not None:
                chunk, limit = chunk[:limit], limit - len(chunk)
            service.sendall(chunk)
            if limit is not None and limit <= 0:
                if isinstance(fault, Hold):
                    self.holds.set()
                    self.let_go.wait(60)
                return


def _pass_answers(service: socket.socket, client: socket.socket, budget: list[int | None]) -> None:
    with suppress(OSError):
        while chunk := service.recv(65536):
            left = budget[0]
            if left is not None:
                chunk, budget[0] = chunk[:left], left - len(chunk)
            client.sendall(chunk)
            if left is not None and left <= len(chunk):
                break
    _hang_up(client, service)


def _hang_up(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _answer(client: socket.socket, head: bytes, fault: Says) -> None:
    """Take the whole request (its length is announced), then answer and hang up."""
    start, _, body = head.partition(b"\r\n\r\n")
    lengths = [
        int(line.split(b":")[1])
        for line in start.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    ]
    missing = (lengths[0] if lengths else 0) - len(body)
    while missing > 0 and (chunk := client.recv(65536)):
        missing -= len(chunk)
    client.sendall(
        f"HTTP/1.1 {fault.status} X\r\n{fault.headers}Content-Length: 0\r\n"
        "Connection: close\r\n\r\n".encode()
    )


@contextmanager
def faulty_line(port: int) -> Iterator[FaultyLine]:
    """A line to the service on a local port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        line = FaultyLine(("127.0.0.1", port))
        line.port = listener.getsockname()[1]
        thread = threading.Thread(target=line._serve, args=(listener,), daemon=True)
        thread.start()
        yield line
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
