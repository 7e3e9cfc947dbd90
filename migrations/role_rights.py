"""Rights that a revision adds to roles."""

from collections.abc import Iterable, Mapping

from alembic import op
from sqlalchemy import text


def give(rights: Mapping[str, Iterable[str]]) -> None:
    """Add rights to roles: role code -> right codes."""
    for role, codes in rights.items():
        op.get_bind().execute(
            text("INSERT INTO identity.role_right VALUES (:role, :right_code)"),
            [{"role": role, "right_code": code} for code in codes],
        )


def take(rights: Mapping[str, Iterable[str]]) -> None:
    """Take back what `give` added."""
    for role, codes in rights.items():
        op.get_bind().execute(
            text("DELETE FROM identity.role_right WHERE role = :role AND right_code = ANY(:codes)"),
            {"role": role, "codes": list(codes)},
        )
