"""The services' OpenAPI documents, kept in git beside the code that makes them."""

import importlib
import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from joserfc.jwk import OKPKey

from deploy.local.local_folder import ROOT
from deploy.local.process_plan import SERVICES


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
    """Settings with which an application can be built and described, but reaches nothing."""
    key = OKPKey.generate_key("Ed25519")
    kind = getattr(
        importlib.import_module(f"services.{service}_api.settings"),
        f"{service.capitalize()}Settings",
    )
    described = {
        "environment": "development",
        f"QB_{service.upper()}_DATABASE_URL": "postgresql+psycopg://nobody@/nothing",
        "token_signing_key": key.as_pem(private=True).decode(),
        "token_verify_key": key.as_pem(private=False).decode(),
        "object_store_url": "memory:///",
        "log_level": "ERROR",
    }
    return kind(**described)
