"""Secondary suppression: which further cells go, so that what must stay unknown does."""

from services.indicator_api.disclosure.suppressing.protect import protect

__all__ = ["protect"]
