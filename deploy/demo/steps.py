"""What the demo's advice is made of: steps, each looked at before it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from deploy.demo.api import Api

Speak = Callable[[str], Api]
"""consultation_api as the account with this login name."""

ADVISOR = "beratung"
_FRIDAY = 4


def day_of(today: date, days_ago: int) -> date:
    """The day so long ago, or the Friday before it: offices rest at the weekend."""
    day = today - timedelta(days=days_ago)
    return day - timedelta(days=max(0, day.weekday() - _FRIDAY))


@dataclass(frozen=True)
class Step:
    """Something done so many days after the request: `is_done` looks, `do` does it."""

    after: int
    is_done: Callable[[], bool]
    do: Callable[[], Any]


def act(
    api: Api, path: str, action: str, body: dict[str, Any], *, key: str | None = None
) -> dict[str, Any]:
    """POST to `path`/`action` on the record as it is now; the JSON of the answer."""
    headers = {"if-match": api.send("GET", path).headers["etag"]}
    return api.post(f"{path}/{action}", body, key=key, headers=headers)


def amend(api: Api, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """PATCH the record as it is now; the JSON of the answer."""
    headers = {"if-match": api.send("GET", path).headers["etag"]}
    answer: dict[str, Any] = api.send("PATCH", path, json=body, headers=headers).json()
    return answer
