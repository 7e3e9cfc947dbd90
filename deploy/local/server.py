"""The database server of a run: the private cluster, or the one `QB_DATABASE_URL` names."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from deploy.database import check_server
from deploy.local.cluster import Cluster
from deploy.local.local_folder import LocalFolder, LocalRunError

CLUSTER = "cluster"
DATABASE = "quartierblick"
# Databases every server has; none of them is meant to hold an application.
_MAINTENANCE = ("", "postgres", "template1")


@dataclass(frozen=True)
class DatabaseServer:
    """A server that answers, and the name of the platform's database on it."""

    admin_url: str = field(repr=False)
    database: str
    is_running: Callable[[], bool]
    """False once a server of ours has died; always True for another's."""


@contextmanager
def database_server(folder: LocalFolder, given_url: str | None) -> Iterator[DatabaseServer]:
    """The server at `given_url`, or without one the private cluster for as long as it is used.

    A URL that names a database of its own has the platform put there; one that names the
    maintenance database has `quartierblick` made. Raises LocalRunError, DatabaseError or
    ClusterError with the reason.
    """
    if given_url:
        database = _named_database(given_url)
        check_server(given_url)
        yield DatabaseServer(given_url, database, lambda: True)
        return
    with Cluster(CLUSTER, folder.path) as cluster:
        yield DatabaseServer(cluster.admin_url(), DATABASE, cluster.is_running)


def _named_database(url: str) -> str:
    try:
        named = make_url(url).database or ""
    except ArgumentError:
        raise LocalRunError(
            "QB_DATABASE_URL must be a URL: postgresql://role:password@host:port/database"
        ) from None
    return DATABASE if named in _MAINTENANCE else named
