"""Which processes a local run has, how each is started, and what each is told.

A process gets its own secrets only: the signing key goes to consultation_api alone, a
database URL to its service and that service's worker, and none to the web.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from deploy.database import service_url
from deploy.local.local_folder import ROOT, LocalFolder
from deploy.local.local_secrets import LocalSecrets
from deploy.local.ports import HOST, Ports

SERVICES = ("consultation", "indicator", "report")
_LOGGING = ROOT / "deploy" / "uvicorn_logging.json"
_OURS_TO_SET = ("QB_DATABASE_URL", "QB_TOKEN_SIGNING_KEY", "QB_TOKEN_VERIFY_KEY", "QB_WEB_SECRET")


@dataclass(frozen=True)
class PlannedProcess:
    """One process: its name, its command, its environment, and its port if it has one."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(repr=False)
    port: int | None = None


def plan_processes(
    folder: LocalFolder, ports: Ports, secrets: LocalSecrets, admin_url: str, database: str
) -> list[PlannedProcess]:
    """The services, their workers and the web, in the order they are started."""
    common = _inherited(os.environ) | {"QB_ENVIRONMENT": "development"}
    common.setdefault("QB_OBJECT_STORE_URL", folder.objects.as_uri())
    plan = []
    for service in SERVICES:
        role = f"qb_{service}"
        url = service_url(admin_url, database, role, secrets.database_passwords[role])
        environment = common | {
            f"QB_{service.upper()}_DATABASE_URL": url,
            "QB_TOKEN_VERIFY_KEY": secrets.token_verify_key,
        }
        if service == "consultation":
            environment["QB_TOKEN_SIGNING_KEY"] = secrets.token_signing_key
        port = ports.by_name()[f"{service}_api"]
        application = f"services.{service}_api.app:create_app"
        plan.append(
            PlannedProcess(f"{service}_api", _uvicorn(application, port), environment, port)
        )
        worker = [sys.executable, "-m", "deploy", "worker", service]
        plan.append(PlannedProcess(f"{service}_worker", worker, environment))
    web = common | {"QB_WEB_SECRET": secrets.web_secret}
    for service in SERVICES:
        web[f"QB_{service.upper()}_URL"] = ports.urls()[f"{service}_api"]
    plan.append(PlannedProcess("web", _uvicorn("web.app:create_app", ports.web), web, ports.web))
    return plan


def _uvicorn(application: str, port: int) -> list[str]:
    """Keeps idle connections longer than the web's client does, so that none breaks in use."""
    command = [sys.executable, "-m", "uvicorn", "--factory", application]
    command += ["--host", HOST, "--port", str(port), "--log-config", str(_LOGGING)]
    command += ["--no-access-log", "--no-server-header"]
    return [*command, "--timeout-keep-alive", "75", "--timeout-graceful-shutdown", "10"]


def _inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """What the person at the terminal has set, less what a run decides itself."""
    kept = {
        name: value
        for name, value in environment.items()
        if name not in _OURS_TO_SET and not name.endswith("_DATABASE_URL")
    }
    # A proxy of the organisation must not be asked for our own services.
    for name in ("NO_PROXY", "no_proxy"):
        kept[name] = ",".join(filter(None, [kept.get(name, ""), HOST, "localhost"]))
    return kept
