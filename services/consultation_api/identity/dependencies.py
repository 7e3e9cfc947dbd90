"""What routes of identity take from the application's state."""

from typing import Annotated, cast

from fastapi import Depends, Request

from services.consultation_api.identity.credentials.hashing import Passwords
from services.consultation_api.settings import ConsultationSettings


async def _settings(request: Request) -> ConsultationSettings:
    return cast(ConsultationSettings, request.app.state.settings)


async def _passwords(request: Request) -> Passwords:
    return cast(Passwords, request.app.state.passwords)


SettingsDependency = Annotated[ConsultationSettings, Depends(_settings)]
PasswordsDependency = Annotated[Passwords, Depends(_passwords)]
