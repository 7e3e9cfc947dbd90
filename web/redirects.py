"""Redirect targets that stay on this site."""

from urllib.parse import quote, urlsplit

LOGIN_PATH = "/anmelden"
_NEVER_RETURN_TO = (LOGIN_PATH, "/abmelden")


def safe_path(target: str | None, default: str = "/") -> str:
    """`target` if it is a path (with query) on this site, else `default`.

    Refuses other hosts in every spelling browsers accept (`//host`, `/\\host`, `\\/host`, schemes,
    control characters, which browsers drop before they parse) and the login pages themselves.
    """
    if not target or not target.startswith("/"):
        return default
    if target.startswith(("//", "/\\")) or "\\" in target:
        return default
    if any(ord(character) < 0x21 or ord(character) == 0x7F for character in target):
        return default
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or parts.path in _NEVER_RETURN_TO:
        return default
    return target


def login_url(back_to: str) -> str:
    """Address of the login page that leads back to `back_to` afterwards."""
    target = safe_path(back_to)
    return LOGIN_PATH if target == "/" else f"{LOGIN_PATH}?weiter={quote(target, safe='/')}"
