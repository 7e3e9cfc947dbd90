"""The services' OpenAPI documents, kept in git beside the code that makes them."""

import importlib
import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from deploy.local.local_folder import ROOT
from deploy.local.process_plan import SERVICES

# Describing an API needs settings but neither a database nor a secret; nothing is connected.
_DESCRIBED = {
    "environment": "development",
    "token_verify_key": "",
    "object_store_url": "memory:///",
}


def document_path(service: str) -> Path:
    """Where a service's document is kept."""
    return ROOT / "services" / f"{service}_api" / "openapi.json"


def describe(service: str) -> str:
    """The document of a service as its code has it now."""
    application = importlib.import_module(f"services.{service}_api.app")
    app: FastAPI = application.create_app(_settings(service))
    return json.dumps(app.openapi(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def write_documents() -> list[Path]:
    """Writes those that have changed; returns their paths."""
    changed = outdated_documents()
    for service in SERVICES:
        if document_path(service) in changed:
            document_path(service).write_text(describe(service))
    return changed


def outdated_documents() -> list[Path]:
    """The documents that are missing or differ from the code."""
    outdated = []
    for service in SERVICES:
        path = document_path(service)
        if not path.exists() or path.read_text() != describe(service):
            outdated.append(path)
    return outdated


def _settings(service: str) -> Any:
    settings = importlib.import_module(f"services.{service}_api.settings")
    kind = getattr(settings, f"{service.capitalize()}Settings")
    return kind.model_construct(**_DESCRIBED)
