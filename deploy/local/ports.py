"""The four ports of a local run."""

import errno
import socket
from dataclasses import dataclass

from deploy.local.local_folder import LocalRunError

HOST = "127.0.0.1"
DEFAULT_PORT = 8000


@dataclass(frozen=True)
class Ports:
    """`QB_PORT` for the web, the next three for the services."""

    web: int
    indicator: int
    consultation: int
    report: int

    @classmethod
    def read(cls, text: str | None) -> "Ports":
        """The ports beginning at `QB_PORT` (None or empty: 8000); LocalRunError if it is none."""
        try:
            first = int(text) if text else DEFAULT_PORT
        except ValueError:
            first = 0
        if not 1 <= first <= 65535 - 3:
            raise LocalRunError(f"QB_PORT must be a number from 1 to 65532, not {text!r}.")
        return cls(first, first + 1, first + 2, first + 3)

    def by_name(self) -> dict[str, int]:
        """Name of the process and its port, the web first."""
        return {
            "web": self.web,
            "indicator_api": self.indicator,
            "consultation_api": self.consultation,
            "report_api": self.report,
        }

    def urls(self) -> dict[str, str]:
        """Name of the process and its base URL."""
        return {name: f"http://{HOST}:{port}" for name, port in self.by_name().items()}

    def check_free(self) -> None:
        """Raises LocalRunError that names the first port that cannot be had."""
        for name, port in self.by_name().items():
            try:
                _bind_once(port)
            except OSError as error:
                reason = {
                    errno.EADDRINUSE: "is in use by another program",
                    errno.EACCES: "is reserved for root",
                }.get(error.errno or 0, f"cannot be had ({error.strerror})")
                raise LocalRunError(
                    f"Port {port} ({name}) {reason}. Stop that program or choose four other "
                    f"ports: make run QB_PORT={_suggestion(self.web)}"
                ) from error


def _bind_once(port: int) -> None:
    with socket.socket() as probe:
        # As the servers do: connections of an ended run that linger are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, port))


def _suggestion(first: int) -> int:
    """The next block of four free ports from a round number on."""
    for candidate in range(9000 if first < 9000 else first + 100, 65000, 100):
        try:
            for port in range(candidate, candidate + 4):
                _bind_once(port)
        except OSError:
            continue
        return candidate
    return DEFAULT_PORT
