"""A proxy named by the environment gets no key that is meant for this machine itself."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from deploy.deliver.endings import DeliverError
from deploy.deliver.service import Patience, Service

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@dataclass
class Listener:
    """A server on this machine that notes what it is asked for."""

    port: int
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def listeners() -> Iterator[tuple[Listener, Listener]]:
    """Two of them: the service, and a proxy that refuses everything."""
    found: list[Listener] = []
    servers: list[ThreadingHTTPServer] = []
    for status in (200, 403):
        listener = Listener(0)

        class Handler(BaseHTTPRequestHandler):
            answer, noted = status, listener

            def do_GET(self) -> None:
                self.noted.asked.append(self.requestline)
                self.send_response(self.answer)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_CONNECT = do_GET  # noqa: N815 - named by http.server

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        listener.port = server.server_port
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        found.append(listener)
        servers.append(server)
    yield found[0], found[1]
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def behind(listeners: tuple[Listener, Listener], monkeypatch: pytest.MonkeyPatch) -> Listener:
    """The proxy, named by the environment as the one for everything."""
    for name in NAMES:
        for written in (name, name.lower()):
            monkeypatch.delenv(written, raising=False)
    for name in NAMES[:3]:
        monkeypatch.setenv(name.lower(), f"http://127.0.0.1:{listeners[1].port}")
    return listeners[1]


def get(url: str) -> None:
    with Service(url, "qbk_geheim", Patience(attempts=1), lambda _: None) as service:
        service.get("/v1/deliveries")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
def test_this_machine_is_spoken_to_without_a_proxy(
    listeners: tuple[Listener, Listener], behind: Listener, host: str
) -> None:
    service = listeners[0]
    if host == "127.0.0.2":
        # nobody listens there: what counts is that the proxy is not asked instead
        with pytest.raises(DeliverError):
            get(f"http://{host}:{service.port}")
    else:
        get(f"http://{host}:{service.port}")
        assert service.asked == ["GET /v1/deliveries HTTP/1.1"]
    assert behind.asked == []


def test_all_others_are_spoken_to_through_it_without_the_key(behind: Listener) -> None:
    with pytest.raises(DeliverError):
        get("https://lieferung.example.org")
    assert behind.asked == ["CONNECT lieferung.example.org:443 HTTP/1.1"]
