"""The service, spoken to with patience: what can pass by itself is tried again."""

import ipaddress
import random
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self
from urllib.parse import urlsplit

import httpx

from deploy.deliver.endings import DeliverError, ExitCode

_PASSING = (408, 425, 429)
_LONGEST_RETRY_AFTER = 900.0
_TIMEOUT = httpx.Timeout(120.0, connect=15.0)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often, and with which pauses in seconds, a request is tried."""

    attempts: int = 8
    first_pause: float = 1.0
    longest_pause: float = 60.0

    def pause(self, failures: int) -> float:
        """Before the next attempt, after so many failed ones.

        Doubled each time; the scatter keeps many senders from coming back at the same moment.
        """
        whole = min(self.first_pause * 2.0 ** (failures - 1), self.longest_pause)
        return whole * random.uniform(0.5, 1.5)  # noqa: S311 - no secret


class Service:
    """indicator_api at a base URL, as the holder of an API key.

    `say` is told, in words, of every failed attempt. No redirection is followed: the key goes
    to the host that was named, and to no other.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        patience: Patience,
        say: Callable[[str], None],
        *,
        ca_file: Path | None = None,
    ) -> None:
        self._patience = patience
        self._say = say
        base_url = _safe(url)
        self._client = httpx.Client(
            base_url=base_url,
            headers={"authorization": f"Bearer {api_key}", "user-agent": "quartierblick-deliver"},
            timeout=_TIMEOUT,
            verify=_trusted(ca_file),
            # A proxy of the environment would get the key, and means another machine by loopback.
            trust_env=not _is_loopback(urlsplit(base_url).hostname or ""),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def get(self, path: str, **parameters: str) -> httpx.Response:
        """A GET that succeeds; raises DeliverError."""
        return self.send(lambda: self._client.get(path, params=parameters))

    def download(self, path: str, file: BinaryIO, **parameters: str) -> httpx.Response:
        """A GET whose body goes into `file`; raises DeliverError, and OSError of the file."""

        def fetch() -> httpx.Response:
            with self._client.stream("GET", path, params=parameters) as answer:
                if not answer.is_success:
                    answer.read()
                    return answer
                file.seek(0)
                file.truncate()
                for chunk in answer.iter_bytes():
                    file.write(chunk)
                return answer

        return self.send(fetch)

    def post(
        self, path: str, query: Mapping[str, str], content: Callable[[], Any], **headers: str
    ) -> httpx.Response:
        """A POST that succeeds, `content` being made anew for each attempt; raises DeliverError."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send(
            lambda: self._client.post(path, params=query, content=content(), headers=named)
        )

    def send(self, request: Callable[[], httpx.Response]) -> httpx.Response:
        """Send until there is an answer that stands; raises DeliverError."""
        failures = 0
        while True:
            wanted: float | None = None
            try:
                answer = request()
            except httpx.TransportError as error:
                _refuse_untrusted(error)
                reason = _in_words(error)
            else:
                if answer.is_success:
                    return answer
                if answer.status_code not in _PASSING and answer.status_code < 500:
                    raise refusal(answer)
                reason = f"Der Dienst antwortet {answer.status_code}"
                wanted = _retry_after(answer)
            failures += 1
            self._wait(failures, reason, wanted)

    def _wait(self, failures: int, reason: str, wanted: float | None) -> None:
        if failures >= self._patience.attempts or (wanted or 0) > _LONGEST_RETRY_AFTER:
            later = "" if wanted is None else f" Er bittet um {wanted:.0f} s Geduld."
            raise DeliverError(
                ExitCode.UNREACHABLE,
                f"{reason}; nach {failures} Versuchen aufgegeben.{later} Derselbe Aufruf darf "
                "wiederholt werden: geliefert wird nur einmal.",
            )
        pause = self._patience.pause(failures)
        if wanted is not None:
            # never earlier than asked for, and not all at the same moment
            pause = wanted + min(pause, 0.1 * wanted + self._patience.first_pause)
        self._say(
            f"{reason}. Nächster Versuch in {pause:.0f} s "
            f"({failures + 1} von {self._patience.attempts})."
        )
        time.sleep(pause)


def refusal(answer: httpx.Response) -> DeliverError:
    """What a refusing answer says, in the service's own words where it has any."""
    try:
        problem = answer.json()
        message = f"{problem['title']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        where = answer.headers.get("location", "")
        message = f"Der Dienst antwortet {answer.status_code}" + (
            f" und verweist auf {where}; nennen Sie die richtige Adresse mit --url." if where else
            ". Stimmt die Adresse in --url?"
        )  # fmt: skip
        return DeliverError(ExitCode.REFUSED, message)
    for fault in problem.get("errors", []):
        message += f"\n  {fault.get('pointer')}: {fault.get('detail')}"
    return DeliverError(ExitCode.REFUSED, message, problem)


def _safe(url: str) -> str:
    """The base URL, if a secret may go there."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise DeliverError(
            ExitCode.REFUSED, f"„{url}“ ist keine Adresse eines Dienstes (https://…)."
        )
    if parts.username or parts.password:
        raise DeliverError(ExitCode.REFUSED, "In der Adresse dürfen keine Zugangsdaten stehen.")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise DeliverError(
            ExitCode.REFUSED,
            "Über http:// ginge der API-Schlüssel offen durch das Netz. Nennen Sie die Adresse "
            "mit https://.",
        )
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    """Whether a host is this machine itself (RFC 1122 3.2.1.3, RFC 4291 2.5.3, RFC 6761 6.3)."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _trusted(ca_file: Path | None) -> ssl.SSLContext | bool:
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except OSError:
        raise DeliverError(
            ExitCode.REFUSED, f"{ca_file} enthält keine Zertifikate (PEM), oder ist nicht zu lesen."
        ) from None


def _refuse_untrusted(error: BaseException) -> None:
    """A certificate that is not trusted will not be so at the next attempt either."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise DeliverError(
                ExitCode.REFUSED,
                f"Dem Zertifikat des Dienstes ist nicht zu trauen ({cause.verify_message}). Hat "
                "Ihr Haus eine eigene Zertifizierungsstelle, nennen Sie ihre Datei mit --ca-file.",
            ) from None
        cause = cause.__cause__ or cause.__context__


def _in_words(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return "Der Dienst ist nicht zu erreichen"
    if isinstance(error, httpx.TimeoutException):
        return "Der Dienst antwortet nicht"
    return "Die Verbindung zum Dienst brach ab"


def _retry_after(answer: httpx.Response) -> float | None:
    """Seconds the service asks to wait (RFC 9110 10.2.3: a number, or a date)."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max((until - datetime.now(UTC)).total_seconds(), 0.0)
