"""What a database holds, to show that something left it as it was."""

from tests.support.databases import TestDatabase

# what a refused delivery may add to: who sent what, and why it was refused
BOOKKEEPING = frozenset({"delivery", "delivery_finding", "audit", "idempotency_key"})


def snapshot(database: TestDatabase, *, with_bookkeeping: bool = False) -> dict[str, object]:
    """Number of rows and a digest of the content of each table of `indicator`."""
    tables = database.execute(
        "SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'indicator' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
    )
    return {
        str(name): database.execute(
            "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text))"
            f" FROM indicator.{name} AS t"
        )
        for (name,) in tables
        if with_bookkeeping or name not in BOOKKEEPING
    }


def jobs(database: TestDatabase) -> int:
    """How many jobs there have ever been."""
    ((number,),) = database.execute("SELECT count(*) FROM jobs.procrastinate_jobs")
    assert isinstance(number, int)
    return number
