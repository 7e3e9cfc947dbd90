"""Settings of indicator_api."""

from pydantic import Field, SecretStr

from services.shared.settings import ServiceSettings


class IndicatorSettings(ServiceSettings):
    """The common settings, with this service's own database role."""

    database_url: SecretStr = Field(validation_alias="QB_INDICATOR_DATABASE_URL")
    object_store_url: str
