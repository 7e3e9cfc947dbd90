"""Which area lies in which, as far as the official keys tell it."""

from collections.abc import Iterable

GERMANY = "DG"
FICTIONAL = "99"
AREA_CODE_PATTERN = r"^(DG|[0-9]{2}[0-9A-Za-z._-]{0,30})$"


def is_covered(code: str, roots: Iterable[str]) -> bool:
    """Whether the area with this key is one of the roots or lies in one.

    An official key begins with the key of the Land (2 digits), Regierungsbezirk (3), Kreis (5)
    and Gemeinde (8) it lies in (Destatis, Gemeindeverzeichnis), and keys below the Gemeinde
    follow suit. Germany holds all of them but the fictional 99…. The database applies the same
    rule (`identity.area_is_covered`).
    """
    return any(
        code.startswith(root) or (root == GERMANY and not code.startswith(FICTIONAL))
        for root in roots
    )


def outside(codes: Iterable[str], roots: Iterable[str]) -> list[str]:
    """The keys that lie in none of the roots, in their order."""
    held = tuple(roots)
    return [code for code in codes if not is_covered(code, held)]
