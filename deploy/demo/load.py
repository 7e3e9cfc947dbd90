"""Loads the demo through the platform's API, as anybody would, and takes up where it stopped.

    store = CredentialStore(Path(".local/secrets/demo-credentials.json"))
    bootstrap(admin_url, store)
    document = load_demo(urls, store, progress)

May be killed and run again at any point: what is there is left, what is missing is added.
"""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from typing import Any

from deploy.demo import advice_plan, catalogue
from deploy.demo.advice import load_request
from deploy.demo.api import Api, DemoError, Login, Progress, content_key, with_key
from deploy.demo.areas import (
    CRS,
    REGISTER_ATTRIBUTION,
    REGISTER_SOURCE,
    AreaRecord,
    official_areas,
    official_events,
)
from deploy.demo.catalogue import DemoDataset
from deploy.demo.credentials import CredentialStore
from deploy.demo.deliveries import SENDER, load_deliveries
from deploy.demo.figures import ensure_dataset, ensure_delivered, ensure_released
from deploy.demo.history import History
from deploy.demo.musterkreis_areas import musterkreis_areas
from deploy.demo.partition import load_partition
from deploy.demo.people import (
    ACCOUNTS,
    ADMINISTRATOR,
    API_KEYS,
    TOWN,
    ensure_api_key,
    ensure_people,
)
from deploy.demo.reports import ask_for_report, wait_for_report

_IMPORT_RUNNING = ("received", "checking")
_IMPORT_ATTEMPTS = 3
# Whose key delivers for which holder; the others deliver as logged-in accounts.
_DELIVERING_KEY = {"statistikstelle": "datenlieferung", "landesamt": "landesamt"}
_MUSTERKREIS_SOURCE = "Erfundene Gebiete für die Vorführung"


class _Steps:
    """Counts the steps done and tells them to the caller."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0
        self._label = ""

    def begin(self, label: str) -> None:
        self._label = label
        self._progress(label, self._done, self._total)

    def say(self, detail: str) -> None:
        if detail:
            self._progress(f"{self._label}: {detail}", self._done, self._total)

    def say_progress(self, status: dict[str, Any]) -> None:
        self.say(str((status.get("progress") or {}).get("label") or ""))

    def end(self) -> None:
        self._done += 1
        self._progress(self._label, self._done, self._total)


class _Speakers:
    """Clients of the services by account or key, made once and closed together."""

    def __init__(self, urls: Mapping[str, str], store: CredentialStore, stack: ExitStack) -> None:
        self._urls = urls
        self._store = store
        self._stack = stack
        self._apis: dict[str, Api] = {}

    def account(self, name: str, service: str = "indicator_api") -> Api:
        known = f"{service}:{name}"
        if known not in self._apis:
            login = Login(self._urls["consultation_api"], name, self._store.password(name))
            self._stack.callback(login.log_out)
            self._apis[known] = self._opened(Api(self._urls[service], login))
        return self._apis[known]

    def key(self, name: str) -> Api:
        if f"key:{name}" not in self._apis:
            secret = self._store.api_key(name)
            if secret is None:
                raise DemoError(f"the API key „{name}“ is not known")
            api = Api(self._urls["indicator_api"], with_key(secret))
            self._apis[f"key:{name}"] = self._opened(api)
        return self._apis[f"key:{name}"]

    def deliverer(self, holder: str) -> Api:
        key = _DELIVERING_KEY.get(holder)
        return self.account(holder) if key is None else self.key(key)

    def _opened(self, api: Api) -> Api:
        self._stack.callback(api.close)
        return api


def load_demo(
    urls: Mapping[str, str],
    store: CredentialStore,
    progress: Progress,
    admin_url: str | None = None,
) -> dict[str, Any]:
    """Load all that is missing of the demo; the content of `.local/demo.json`.

    `urls` holds the base URLs `web`, `indicator_api`, `consultation_api` and `report_api`; the
    administrator must exist (`bootstrap`), the services and their workers run. With the
    `admin_url` of the database, advice is set back to the days it is told of; without, all of
    it happened just now. Raises DemoError with the API's own words.
    """
    datasets = catalogue.datasets()
    steps = _Steps(progress, 10 + 2 * len(datasets))
    with ExitStack() as stack:
        speakers = _Speakers(urls, store, stack)
        steps.begin("Organisationen, Konten und Schlüssel")
        ensure_people(speakers.account(ADMINISTRATOR, "consultation_api"), store)
        for plan in API_KEYS:
            ensure_api_key(urls["consultation_api"], plan, store)
        steps.end()
        administrator = speakers.account(ADMINISTRATOR)
        _load_areas(administrator, steps)
        steps.begin("Gliederung und Sozialräume von Musterstadt (erfunden)")
        load_partition(speakers.account("statistikstelle"), speakers.account("sozialplanung"))
        steps.end()
        _load_definitions(administrator, speakers, datasets, steps)
        for dataset in datasets:
            _load_figures(speakers, dataset, steps)
        _load_deliveries(speakers, steps)
        # The worker makes the reports while the advice is written.
        asked = _ask_for_reports(speakers)
        _load_advice(speakers, steps, admin_url, stack)
        _await_reports(speakers, asked, steps)
    return demo_document(urls, store)


def demo_document(urls: Mapping[str, str], store: CredentialStore) -> dict[str, Any]:
    """Addresses, accounts by login name and API keys, as `.local/demo.json` holds them."""
    return {
        "urls": dict(urls),
        "accounts": {
            account.name: {
                "name": account.name,
                "password": store.password(account.name),
                "organisation": account.organisation,
                "label": account.display_name,
            }
            for account in ACCOUNTS
        },
        "api_keys": {plan.name: store.api_key(plan.name) for plan in API_KEYS},
    }


def _load_areas(api: Api, steps: _Steps) -> None:
    steps.begin("Gebiete: Deutschland und Nordrhein-Westfalen")
    _import_areas(api, official_areas(), REGISTER_SOURCE, REGISTER_ATTRIBUTION, steps)
    for event in official_events():
        # sent again it is answered by what it did the first time
        api.post("/v1/area-events", event)
    steps.end()
    steps.begin("Gebiete: Musterkreis (erfunden)")
    _import_areas(api, musterkreis_areas(), _MUSTERKREIS_SOURCE, _MUSTERKREIS_SOURCE, steps)
    steps.end()


def _import_areas(
    api: Api, areas: list[AreaRecord], source: str, attribution: str, steps: _Steps
) -> None:
    # An import is all or nothing: its root stands for all.
    if api.get("/v1/areas", code=areas[0]["code"])["items"]:
        return
    body = {"source": source, "attribution": attribution, "crs": CRS, "areas": areas}
    for attempt in range(_IMPORT_ATTEMPTS):
        # The same key would only tell again that the first attempt failed.
        key = content_key("area-import", source, json.dumps(areas, sort_keys=True), str(attempt))
        sent = api.post("/v1/area-imports", body, key=key)
        status = api.wait(f"/v1/area-imports/{sent['id']}", _IMPORT_RUNNING, steps.say_progress)
        if status["state"] != "failed":
            break
    if status["state"] != "accepted":
        raise DemoError(f"{source}: {status['state']} {status.get('findings')}")


def _load_definitions(
    administrator: Api, speakers: _Speakers, datasets: list[DemoDataset], steps: _Steps
) -> None:
    steps.begin("Messgrößen")
    known = {item["code"] for item in administrator.items("/v1/measures")}
    for measure in catalogue.measures():
        if measure["code"] not in known:
            administrator.post("/v1/measures", measure)
    steps.end()
    steps.begin("Datenbestände")
    for dataset in datasets:
        ensure_dataset(speakers.account(dataset.holder), dataset)
    steps.end()
    steps.begin("Indikatoren")
    known = {item["code"] for item in administrator.items("/v1/indicators")}
    for indicator in catalogue.indicators():
        if indicator["code"] not in known:
            administrator.post("/v1/indicators", indicator)
    steps.end()


def _load_figures(speakers: _Speakers, dataset: DemoDataset, steps: _Steps) -> None:
    title = dataset.body["title"]
    steps.begin(f"Lieferung: {title}")
    for file in dataset.files:
        ensure_delivered(speakers.deliverer(dataset.holder), dataset.code, file, steps.say)
    steps.end()
    steps.begin(f"Freigabe: {title}")
    for audience in dataset.audiences:
        ensure_released(speakers.account(dataset.holder), dataset.code, audience, steps.say)
    for file in dataset.late:
        ensure_delivered(speakers.deliverer(dataset.holder), dataset.code, file, steps.say)
    steps.end()


def _load_deliveries(speakers: _Speakers, steps: _Steps) -> None:
    steps.begin("Lieferungen in verschiedenen Ständen (erfunden)")
    for dataset in catalogue.delivery_datasets():
        ensure_dataset(speakers.account(dataset.holder), dataset)
    load_deliveries(speakers.account(SENDER), steps.say)
    steps.end()


def _load_advice(
    speakers: _Speakers, steps: _Steps, admin_url: str | None, stack: ExitStack
) -> None:
    steps.begin("Beratung: Anfragen und Fälle (erfunden)")
    organisations = speakers.account(ADMINISTRATOR, "consultation_api").items("/v1/organisations")
    town = next(item for item in organisations if item["name"] == TOWN)
    # All days count from the day this demo was begun, also when it is loaded in several goes.
    began_at = datetime.fromisoformat(town["created_at"])
    history = stack.enter_context(History(admin_url)) if admin_url else None
    for request in advice_plan.requests():
        steps.say(request.subject)
        load_request(
            request, lambda name: speakers.account(name, "consultation_api"), began_at, history
        )
    steps.end()


def _ask_for_reports(speakers: _Speakers) -> list[tuple[str, str]]:
    """(login name, path) of each report that is to be there."""
    return [
        (plan.by, ask_for_report(speakers.account(plan.by, "report_api"), plan))
        for plan in advice_plan.reports()
    ]


def _await_reports(speakers: _Speakers, asked: list[tuple[str, str]], steps: _Steps) -> None:
    steps.begin("Berichte")
    for name, path in asked:
        wait_for_report(speakers.account(name, "report_api"), path, steps.say)
    steps.end()
