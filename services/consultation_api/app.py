"""The ASGI application of consultation_api."""

from fastapi import FastAPI

from services.consultation_api.case_tasks import routes as case_tasks
from services.consultation_api.cases import routes as cases
from services.consultation_api.entries import routes as entries
from services.consultation_api.exports import routes as exports
from services.consultation_api.goals import routes as goals
from services.consultation_api.identity.accounts import routes as accounts
from services.consultation_api.identity.api_keys import routes as api_keys
from services.consultation_api.identity.credentials.hashing import Passwords
from services.consultation_api.identity.organisations import routes as organisations
from services.consultation_api.identity.roles import routes as roles
from services.consultation_api.identity.sessions import routes as sessions
from services.consultation_api.requests import routes as requests
from services.consultation_api.settings import ConsultationSettings
from services.consultation_api.topics import routes as topics
from services.consultation_api.waiting import routes as waiting
from services.shared.app import ServiceDescription, build_app

DESCRIPTION = ServiceDescription(
    name="consultation",
    title="Quartierblick: Beratung und Konten",
    summary="Anfragen und Fälle der Beratung; Organisationen, Konten, Anmeldung, API-Schlüssel",
)


def create_app(settings: ConsultationSettings | None = None) -> FastAPI:
    """The application; reads its settings from the environment unless they are given."""
    settings = settings or ConsultationSettings()  # type: ignore[call-arg]  # from the environment
    app = build_app(
        DESCRIPTION,
        settings,
        [
            sessions.router,
            accounts.router,
            organisations.router,
            roles.router,
            api_keys.router,
            topics.router,
            requests.router,
            cases.router,
            exports.router,
            goals.router,
            entries.router,
            case_tasks.router,
            waiting.router,
        ],
    )
    app.state.passwords = Passwords()
    return app
