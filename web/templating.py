"""The Jinja environment: strict, escaping, with our filters and the address of static files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from web import format as german
from web.browsers import browser_name
from web.rights import right_label
from web.settings import WebSettings

TEMPLATES = Path(__file__).parent / "templates"


def make_environment(settings: WebSettings, static_url: Callable[[str], str]) -> Environment:
    """Templates under `web/templates`; an unknown variable is an error, never an empty string."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=settings.is_development,
    )
    environment.filters.update(german.FILTERS)
    environment.filters.update(browser_name=browser_name, right_label=right_label)
    environment.globals.update(_globals(settings, static_url))
    return environment


def _globals(settings: WebSettings, static_url: Callable[[str], str]) -> dict[str, Any]:
    return {
        "static": static_url,
        "official_label": settings.official_label,
        "operator_name": settings.operator_name,
        "contact": {
            "name": settings.contact_name,
            "mail": settings.contact_mail,
            "phone": settings.contact_phone,
        },
    }
