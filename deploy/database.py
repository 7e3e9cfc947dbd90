"""A database of the platform: its roles, its extensions, its schema.

Works on the private cluster of `make run` as on any other server whose administrator's URL is
given. May be repeated: what is there stays, passwords are set anew, new migrations are run.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy.engine import URL, make_url

OWNER = "qb_owner"
SERVICE_ROLES = ("qb_indicator", "qb_consultation", "qb_report")
LOWEST_POSTGIS = (3, 3)

_MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
_EXTENSIONS = ("postgis", "btree_gist")
# Of ours alone ("QB" and a number): two preparations on one server take turns.
_LOCK = 0x5142_0001


class DatabaseError(Exception):
    """The server cannot serve the platform; the message says why and what would help."""


def prepare_database(admin_url: str, database: str, passwords: Mapping[str, str]) -> None:
    """Makes roles, database and extensions where missing, sets the passwords, migrates to head.

    `admin_url` is a libpq or SQLAlchemy URL of a role that may create roles and databases and
    install PostGIS; `passwords` holds one for each of SERVICE_ROLES, without which ValueError is
    raised. Raises DatabaseError where the server is too old, cannot be reached, or refuses one
    of these.
    """
    if set(passwords) != set(SERVICE_ROLES):
        raise ValueError(f"a password is needed for each of {', '.join(SERVICE_ROLES)}")
    check_server(admin_url)
    with _connect(admin_url) as server:
        server.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        _ensure_roles(server, passwords)
        _ensure_database(server, database, tuple(passwords))
        with _connect(database_url(admin_url, database)) as connection:
            _ensure_extensions(connection)
        migrate(admin_url, database)


def migrate(admin_url: str, database: str) -> None:
    """Runs the migrations that the database has not yet seen."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["url"] = _text(_sqlalchemy(admin_url, database))
    command.upgrade(config, "head")


def check_server(admin_url: str) -> None:
    """Raises DatabaseError unless the server answers and offers the extensions needed."""
    with _connect(admin_url) as connection:
        rows = connection.execute(
            "SELECT name, default_version FROM pg_available_extensions WHERE name = ANY(%s)",
            (list(_EXTENSIONS),),
        ).fetchall()
    offered = {str(name): str(version) for name, version in rows}
    found = re.match(r"(\d+)\.(\d+)", offered.get("postgis", ""))
    if found is None or (int(found[1]), int(found[2])) < LOWEST_POSTGIS:
        has = f"has PostGIS {found[0]}" if found else "has no PostGIS"
        raise DatabaseError(f"The database server {has}; PostGIS 3.3 or newer is needed.")
    if "btree_gist" not in offered:
        raise DatabaseError("The database server lacks the extension btree_gist.")


def service_url(admin_url: str, database: str, role: str, password: str) -> str:
    """The SQLAlchemy URL (psycopg) with which a service's role reaches the database."""
    url = _sqlalchemy(admin_url, database).set(username=role, password=password)
    return _text(url)


def database_url(admin_url: str, database: str) -> str:
    """The administrator's libpq URL for another database of the same server."""
    url = _sqlalchemy(admin_url, database).set(drivername="postgresql")
    return _text(url)


def _sqlalchemy(admin_url: str, database: str) -> URL:
    return make_url(admin_url).set(drivername="postgresql+psycopg", database=database)


def _text(url: URL) -> str:
    """The URL with its password; SQLAlchemy leaves blanks in it, which libpq refuses."""
    return url.render_as_string(hide_password=False).replace(" ", "%20")


def _connect(url: str) -> psycopg.Connection:
    libpq = _text(make_url(url).set(drivername="postgresql"))
    try:
        return psycopg.connect(libpq, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise DatabaseError(f"The database server cannot be reached: {error}") from error


def _ensure_roles(server: psycopg.Connection, passwords: Mapping[str, str]) -> None:
    try:
        _ensure_role(server, OWNER, sql.SQL("NOLOGIN"))
        server.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(OWNER)))
        for role, password in passwords.items():
            # Hashed here, so that no log of the server can ever hold the password.
            secret = server.pgconn.encrypt_password(
                password.encode(), role.encode(), b"scram-sha-256"
            ).decode()
            options = sql.SQL("LOGIN PASSWORD {}").format(sql.Literal(secret))
            _ensure_role(server, role, options)
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseError(
            f"The administrator's role may not create the roles {OWNER}, {', '.join(passwords)} "
            f"({_first_line(error)}). It needs CREATEROLE."
        ) from error


def _ensure_role(server: psycopg.Connection, role: str, options: sql.Composable) -> None:
    exists = server.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    verb = sql.SQL("ALTER" if exists is not None else "CREATE")
    statement = sql.SQL("{} ROLE {} {}").format(verb, sql.Identifier(role), options)
    server.execute(statement)
    row = server.execute(
        "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb FROM pg_roles "
        "WHERE rolname = %s",
        (role,),
    ).fetchone()
    if row is None or row[0]:
        raise DatabaseError(
            f"The role {role} exists with more rights than a service may have (superuser, "
            "BYPASSRLS, CREATEROLE or CREATEDB). Take them from it."
        )


def _ensure_database(server: psycopg.Connection, database: str, roles: tuple[str, ...]) -> None:
    name, owner = sql.Identifier(database), sql.Identifier(OWNER)
    members = sql.SQL(", ").join(map(sql.Identifier, roles))
    exists = server.execute("SELECT FROM pg_database WHERE datname = %s", (database,)).fetchone()
    try:
        if exists is None:
            server.execute(
                sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(name)
            )
            server.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        server.execute(sql.SQL("GRANT CONNECT, CREATE ON DATABASE {} TO {}").format(name, owner))
        if roles:
            # Temporary tables are where deliveries are staged; no role may make lasting ones.
            server.execute(
                sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(name, members)
            )
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseError(
            f"The administrator's role may not create or grant the database {database} "
            f"({_first_line(error)}). It needs CREATEDB, or an empty database of its own."
        ) from error


def _ensure_extensions(connection: psycopg.Connection) -> None:
    try:
        # PostgreSQL before 15 lets everybody make tables in this schema.
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        connection.execute(
            sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO {}").format(sql.Identifier(OWNER))
        )
        for extension in _EXTENSIONS:
            connection.execute(
                sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA public").format(
                    sql.Identifier(extension)
                )
            )
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseError(
            f"The administrator's role may not install the extensions {', '.join(_EXTENSIONS)} "
            f"({_first_line(error)}). Have a superuser do it in this database once."
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]
