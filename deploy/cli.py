"""The platform's command line: `python -m deploy …`."""

import asyncio
import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from deploy.deliver.command import DeliverCommand, deliver

# Tracebacks with local variables would show passwords.
cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
# Each command imports what it needs when it is run: `deliver` must start quickly.
cli.command(cls=DeliverCommand)(deliver)


class Service(StrEnum):
    """The services that have a worker."""

    INDICATOR = "indicator"
    CONSULTATION = "consultation"
    REPORT = "report"


@contextmanager
def _explained_failures() -> Iterator[None]:
    """A failure with a known reason ends the command with that reason, not a traceback."""
    from deploy.database import DatabaseError
    from deploy.local.cluster import ClusterError
    from deploy.local.local_folder import LocalRunError

    try:
        yield
    except (ClusterError, DatabaseError, LocalRunError) as failure:
        print(failure, file=sys.stderr)
        raise typer.Exit(1) from failure


@cli.command()
def run() -> None:
    """Start everything with the demo on this machine; Ctrl-C ends it."""
    from deploy.local.run import run as run_here

    with _explained_failures():
        run_here()


@cli.command()
def worker(service: Annotated[Service, typer.Argument(help="whose queue to work on")]) -> None:
    """Run a service's background jobs; settings come from the environment as for the service."""
    from pydantic import ValidationError

    from services.shared.logging import configure_logging, get_logger

    package = f"services.{service}_api"
    settings = importlib.import_module(f"{package}.settings")
    work = importlib.import_module(f"{package}.worker").run
    try:
        read = getattr(settings, f"{service.capitalize()}Settings")()
    except ValidationError as error:
        # Says which variable is missing or refused, never its value.
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None
    configure_logging(f"{service}_worker", read.log_level)
    try:
        asyncio.run(work(read))
    except Exception:
        # As one line of the log like all others, not as a traceback among them.
        get_logger(__name__).exception("worker_crashed")
        raise typer.Exit(1) from None


@cli.command()
def migrate() -> None:
    """Bring the local database's schema up to date."""
    from deploy.local.maintenance import migrate as migrate_here

    with _explained_failures():
        migrate_here()


@cli.command()
def administrator(
    organisation: Annotated[str, typer.Option(help="who operates the platform")],
    name: Annotated[str, typer.Option(help="the login name")] = "verwaltung",
    area: Annotated[
        list[str] | None, typer.Option(help="key of an area served; several are possible")
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="file that holds the password; asked for without it")
    ] = None,
) -> None:
    """Make the first administrator of a platform, in the database that QB_DATABASE_URL names."""
    from deploy.administrator import WeakPasswordError, make_administrator

    url = _platform_url()
    if password_file is None:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = password_file.read_text(encoding="utf-8").strip()
    try:
        make_administrator(
            url, organisation=organisation, area_codes=area or ["DG"], name=name, password=password
        )
    except WeakPasswordError as weakness:
        print(weakness, file=sys.stderr)
        raise typer.Exit(1) from None
    print(f"The account {name} of {organisation} can log in.")


@cli.command()
def catalogue(
    folder: Annotated[
        Path | None, typer.Option(help="folder with other files than the ones shipped")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="check the files only")] = False,
) -> None:
    """Load the indicator catalogue into the database that QB_DATABASE_URL names."""
    from deploy.catalogue import ensure_catalogue, in_words
    from services.indicator_api.indicators.catalogue_files import (
        FOLDER,
        CatalogueError,
        read_catalogue,
    )

    with _explained_failures():
        try:
            if check:
                read = read_catalogue(folder or FOLDER)
                print(f"{len(read.entries)} Indikatoren, {len(read.measures)} Messgrößen: gültig.")
                return
            report = ensure_catalogue(_platform_url(), folder)
        except CatalogueError as error:
            print(error, file=sys.stderr)
            raise typer.Exit(1) from None
    print("\n".join(in_words(report)))


@cli.command()
def audit(
    release: Annotated[UUID, typer.Argument(help="the release's id")],
    audience: Annotated[
        str, typer.Option(help="as whom: public, or an audience's key such as kreis:<organisation>")
    ] = "public",
) -> None:
    """Attack a release with the released tables alone; exit code 2 if that tells too much."""
    from deploy.audit import ReleaseUnknownError, in_words
    from deploy.audit import audit as attack

    with _explained_failures():
        try:
            found, named = attack(_platform_url(), release, audience)
        except ReleaseUnknownError:
            print(
                "Diese Freigabe gibt es für diese Leserschaft nicht, oder sie hat kein Zertifikat.",
                file=sys.stderr,
            )
            raise typer.Exit(1) from None
    print("\n".join(in_words(found, named)))
    if not found.is_passed:
        raise typer.Exit(2)


def _platform_url() -> str:
    url = os.environ.get("QB_DATABASE_URL")
    if not url:
        print("Missing: QB_DATABASE_URL, the platform's database as its owner.", file=sys.stderr)
        raise typer.Exit(1)
    return url


@cli.command()
def reset() -> None:
    """Forget the local database, files, secrets and logs."""
    from deploy.local.maintenance import reset as reset_here

    with _explained_failures():
        reset_here()


@cli.command()
def openapi(
    check: Annotated[
        bool, typer.Option("--check", help="compare only, fail if one differs")
    ] = False,
) -> None:
    """Write the services' OpenAPI documents, or check that they are up to date."""
    from deploy import openapi as documents
    from deploy.local.local_folder import ROOT

    changed = documents.outdated_documents() if check else documents.write_documents()
    for path in changed:
        print(f"{path.relative_to(ROOT)} {'is out of date: make openapi' if check else 'written'}")
    if check and changed:
        raise typer.Exit(1)
