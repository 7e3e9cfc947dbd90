"""The ASGI application of consultation_api."""

from fastapi import FastAPI

from services.consultation_api.identity.accounts import routes as accounts
from services.consultation_api.identity.api_keys import routes as api_keys
from services.consultation_api.identity.credentials.hashing import Passwords
from services.consultation_api.identity.organisations import routes as organisations
from services.consultation_api.identity.roles import routes as roles
from services.consultation_api.identity.sessions import routes as sessions
from services.consultation_api.settings import ConsultationSettings
from services.shared.app import ServiceDescription, build_app

DESCRIPTION = ServiceDescription(
    name="consultation",
    title="Quartierblick: Beratung und Konten",
    summary="Organisationen, Konten, Anmeldung und API-Schlüssel",
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
        ],
    )
    app.state.passwords = Passwords()
    return app
