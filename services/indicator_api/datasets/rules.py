"""The readerships that figures of a dataset can be released to; no input or output."""

from typing import Literal

Audience = Literal["administration", "kreis", "advisory", "ministry", "public"]

# The narrower readership first: a reader who belongs to several sees the narrowest one's release.
AUDIENCES: tuple[Audience, ...] = ("administration", "kreis", "advisory", "ministry", "public")
