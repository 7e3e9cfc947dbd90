"""SQL scripts beside the revisions."""

from pathlib import Path

from alembic import op

_FOLDER = Path(__file__).parent / "sql"


def run_sql_file(name: str) -> None:
    """Run a script of `migrations/sql` on the driver's own connection.

    SQLAlchemy would take the `%` and `:name` in function bodies for parameters.
    """
    connection = op.get_bind().connection.driver_connection
    assert connection is not None  # noqa: S101 - an open migration has one
    with connection.cursor() as cursor:
        cursor.execute((_FOLDER / name).read_text(encoding="utf-8"))
