"""Reports of the demo: asked for through the API, made by the worker."""

from collections.abc import Callable
from typing import Any

from deploy.demo.advice_plan import Report
from deploy.demo.api import Api, DemoError, content_key

_RUNNING = ("waiting", "rendering")
Say = Callable[[str], None]


def ask_for_report(api: Api, plan: Report) -> str:
    """The path of the report on the area; asks for one where there is none that has not failed.

    `api` speaks to report_api as the account that wants it.
    """
    found = [
        item
        for item in api.items("/v1/reports", area=plan.area)
        if item["template"]["code"] == plan.template
    ]
    usable = [item for item in found if item["state"] != "failed"]
    if usable:
        return f"/v1/reports/{usable[0]['id']}"
    body: dict[str, Any] = {"template": plan.template, "area": plan.area, "parameters": {}}
    # The same key would only tell again of the report that failed.
    key = content_key("demo-report", plan.by, plan.template, plan.area, str(len(found)))
    return f"/v1/reports/{api.post('/v1/reports', body, key=key)['id']}"


def wait_for_report(api: Api, path: str, say: Say) -> None:
    """Wait until the report at `path` is finished; DemoError with the reason if it failed."""
    status = api.wait(
        path, _RUNNING, lambda now: say(str((now.get("progress") or {}).get("label") or ""))
    )
    if status["state"] != "finished":
        raise DemoError(f"{status['title']}: {status['state']} {status.get('failure')}")
