"""Settings of consultation_api."""

from datetime import timedelta
from typing import Self

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import Field, SecretStr, model_validator

from services.shared.settings import ServiceSettings


class ConsultationSettings(ServiceSettings):
    """What consultation_api needs beside the common settings.

    It alone holds the private key that signs access tokens; the start fails if the key is no
    Ed25519 key or does not belong to `QB_TOKEN_VERIFY_KEY`.
    """

    # By alias only: QB_DATABASE_URL is the administrator's, never a service's.
    database_url: SecretStr = Field(validation_alias="QB_CONSULTATION_DATABASE_URL")
    token_signing_key: SecretStr
    access_token_lifetime: timedelta = timedelta(seconds=300)
    session_lifetime: timedelta = timedelta(hours=12)
    session_idle_limit: timedelta = timedelta(hours=2)
    login_attempts: int = Field(default=10, ge=1)
    login_attempts_within: timedelta = timedelta(minutes=15)
    api_key_longest_life: timedelta = timedelta(days=400)

    @model_validator(mode="after")
    def _keys_belong_together(self) -> Self:
        try:
            signing = OKPKey.import_key(self.token_signing_key.get_secret_value())
            verifying = OKPKey.import_key(self.token_verify_key)
        except (ValueError, JoseError):
            raise ValueError(
                "QB_TOKEN_SIGNING_KEY and QB_TOKEN_VERIFY_KEY must hold Ed25519 keys in PEM form"
            ) from None
        if not signing.is_private or signing.curve_name != "Ed25519":
            raise ValueError("QB_TOKEN_SIGNING_KEY must be a private Ed25519 key")
        if signing.as_dict(private=False)["x"] != verifying.as_dict(private=False)["x"]:
            raise ValueError("QB_TOKEN_VERIFY_KEY is not the public half of QB_TOKEN_SIGNING_KEY")
        return self
