"""Login names, and what makes a password acceptable."""

import re
import unicodedata

from services.consultation_api.identity.faults import Fault

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,99}")
SHORTEST_PASSWORD = 12
# Enough to refuse "aaaaaaaaaaaa" and "121212121212" without asking for special characters.
FEWEST_DIFFERENT_CHARACTERS = 5


def normalise_name(name: str) -> str:
    """The form in which login names are kept and compared: no outer space, lower case, NFKC."""
    return unicodedata.normalize("NFKC", name).strip().lower()


def is_possible_name(name: str) -> bool:
    """Whether a normalised name may be a login name."""
    return _NAME.fullmatch(name) is not None


def password_faults(password: str, names: tuple[str, ...], field: str = "password") -> list[Fault]:
    """Why the password is not acceptable for an account with these names; empty if it is.

    Length before composition (BSI, IT-Grundschutz ORP.4; NIST SP 800-63B section 5.1.1.2): no
    rule about kinds of characters, but at least 12 of them, not all alike, and not the name.
    """
    if len(password) < SHORTEST_PASSWORD:
        return [
            Fault(
                field,
                "password_too_short",
                f"Das Passwort braucht mindestens {SHORTEST_PASSWORD} Zeichen.",
            )
        ]
    folded = password.casefold()
    if any(len(name) >= 3 and _is_the_name(folded, name.casefold()) for name in names):
        return [
            Fault(
                field,
                "password_is_name",
                "Das Passwort darf nicht aus dem Namen bestehen.",
            )
        ]
    if len(set(folded)) < FEWEST_DIFFERENT_CHARACTERS:
        return [
            Fault(
                field,
                "password_too_simple",
                "Das Passwort wiederholt zu wenige Zeichen. Nehmen Sie mehrere Wörter.",
            )
        ]
    return []


def _is_the_name(password: str, name: str) -> bool:
    """The name alone, repeated, or with a few digits or signs around it."""
    rest = password.replace(name, "")
    return rest != password and not any(character.isalpha() for character in rest)
