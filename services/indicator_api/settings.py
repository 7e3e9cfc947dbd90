"""Settings of indicator_api."""

from pydantic import Field, SecretStr

from services.shared.settings import ServiceSettings


class IndicatorSettings(ServiceSettings):
    """The common settings, with this service's own database role."""

    database_url: SecretStr = Field(validation_alias="QB_INDICATOR_DATABASE_URL")
    object_store_url: str
    # unpacked; a delivery is streamed to disk and checked in batches, never held whole
    max_delivery_bytes: int = Field(default=1024**3, ge=1024)
