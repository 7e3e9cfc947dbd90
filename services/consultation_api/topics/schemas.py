"""Wire types of topics and phases."""

from pydantic import BaseModel, ConfigDict


class CodeRead(BaseModel):
    """A code of a controlled list, with its label and what is meant."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    label: str
    description: str
