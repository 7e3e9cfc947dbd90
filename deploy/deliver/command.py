"""`quartierblick deliver FILE`: the command and its options."""

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from deploy.deliver.delivering import Result, Wishes
from deploy.deliver.delivering import deliver as deliver_file
from deploy.deliver.display import open_display
from deploy.deliver.endings import DeliverError, ExitCode
from deploy.deliver.order import Order, SourceFile
from deploy.deliver.secret import read_api_key
from deploy.deliver.service import Patience, Service
from deploy.deliver.words import summary

URL_VARIABLE = "QB_API_URL"
# The exit code of a usage error, as command lines have it.
_USAGE = 2

_ABSENT = {
    "receipt": "Einen Beleg gibt es erst, wenn die Lieferung zu Ende ist.",
    "annotated": "Ohne Befund gibt es keine Datei mit Befunden.",
}


class Mode(StrEnum):
    """What becomes of cells that the file does not hold."""

    MERGE = "merge"
    REPLACE = "replace"


class Scope(StrEnum):
    """What becomes of rows for areas of others."""

    ALL = "all"
    OWN = "own"


class DeliverCommand(TyperCommand):
    """A wrong call ends with 4: 2 says that a file was sent and found faulty."""

    def parse_args(self, *given: Any, **named: Any) -> list[str]:
        """As ever, with another exit code."""
        try:
            return super().parse_args(*given, **named)
        except Exception as fault:
            if getattr(fault, "exit_code", None) == _USAGE:
                wrong: Any = fault
                wrong.exit_code = ExitCode.REFUSED
            raise


def deliver(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="die Datei", metavar="FILE")
    ],
    dataset: Annotated[str, typer.Option(help="Code des Datenbestands")],
    url: Annotated[
        str, typer.Option(envvar=URL_VARIABLE, help="Adresse des Indikatorendienstes, https://…")
    ],
    key_file: Annotated[
        Path | None,
        typer.Option(
            help="Datei mit dem API-Schlüssel, nur für ihren Besitzer lesbar; sonst gelten "
            "QB_API_KEY und QB_API_KEY_FILE"
        ),
    ] = None,
    mapping: Annotated[str | None, typer.Option(help="Name der gespeicherten Zuordnung")] = None,
    name: Annotated[
        str | None, typer.Option("--filename", help="Name der Lieferung statt des Dateinamens")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="nur prüfen")] = False,
    mode: Annotated[
        Mode,
        typer.Option(
            help="replace: was für Messgröße und Zeitraum nicht in der Datei steht, wird "
            "zurückgezogen"
        ),
    ] = Mode.MERGE,
    scope: Annotated[
        Scope, typer.Option(help="own: Zeilen für fremde Gebiete auslassen")
    ] = Scope.ALL,
    partial: Annotated[
        bool, typer.Option("--partial", help="gültige Zeilen übernehmen, fehlerhafte nicht")
    ] = False,
    confirm: Annotated[
        str | None, typer.Option(help="Begründung, mit der Hinweise bestätigt sind")
    ] = None,
    area: Annotated[str | None, typer.Option(help="Gebiet, wo die Datei keines nennt")] = None,
    period: Annotated[str | None, typer.Option(help="Zeitraum, wo die Datei keinen nennt")] = None,
    sheet: Annotated[str | None, typer.Option(help="Tabellenblatt")] = None,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="dem Ergebnis folgen, oder nur abgeben")
    ] = True,
    longest_wait: Annotated[
        float, typer.Option(min=0, help="so viele Sekunden auf das Ergebnis warten")
    ] = 3600.0,
    receipt: Annotated[
        Path | None, typer.Option(help="Beleg speichern: Datei (.pdf, .json) oder Ordner")
    ] = None,
    annotated: Annotated[
        Path | None, typer.Option(help="Datei mit den Befunden speichern: Datei oder Ordner")
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            help="eigener Idempotency-Key; sonst folgt er aus Datei, Datenbestand und Angaben"
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="noch einmal liefern, was schon geliefert ist")
    ] = False,
    attempts: Annotated[
        int, typer.Option(min=1, help="Versuche, wenn der Dienst nicht antwortet")
    ] = 8,
    pause: Annotated[
        float, typer.Option(min=0, help="Sekunden vor dem zweiten Versuch; danach je doppelt")
    ] = 1.0,
    ca_file: Annotated[
        Path | None, typer.Option(help="Zertifikate (PEM) der eigenen Zertifizierungsstelle")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Ergebnis als JSON")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="nichts ausgeben, außer was schiefging")
    ] = False,
) -> None:
    """Deliver a file to a dataset, once, however often it is called.

    Exit: 0 taken or unchanged, 2 findings or rejected, 3 waits for a decision, 4 refused,
    5 no result yet (call it again), 6 delivered, but a file could not be saved.
    """
    order = Order(
        dataset, name or file.name, mapping, dry_run, mode.value, scope.value, partial, confirm,
        area, period, sheet,
    )  # fmt: skip
    wishes = Wishes(key, again, longest_wait if wait else None, receipt, annotated)
    patience = Patience(attempts, pause)
    try:
        secret = read_api_key(os.environ, key_file)
        with (
            SourceFile(file) as source,
            open_display(is_quiet=quiet) as display,
            Service(url, secret, patience, display.say, ca_file=ca_file) as service,
        ):
            result = deliver_file(service, source, order, wishes, display)
    except DeliverError as error:
        if as_json:
            _print_json({"exit": error.code, "message": str(error), "problem": error.problem})
        print(error, file=sys.stderr)
        raise typer.Exit(error.code) from None
    if as_json:
        _print_json(_document(result))
    elif not quiet or result.code != ExitCode.STANDS:
        print("\n".join(_lines(result)))
    raise typer.Exit(result.code)


def _document(result: Result) -> dict[str, Any]:
    return {
        "exit": result.code,
        "delivery": result.delivery,
        "findings": result.findings,
        "key": result.key,
        "is_known": result.is_known,
        "saved": result.saved,
        "not_saved": result.not_saved,
        "not_offered": result.not_offered,
    }


def _lines(result: Result) -> list[str]:
    saved = [f"Gespeichert: {path}" for path in result.saved.values()]
    told = summary(result.delivery, result.findings, is_known=result.is_known)
    absent = [_ABSENT[name] for name in result.not_offered]
    return [told, *saved, *absent, *result.not_saved]


def _print_json(document: dict[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False))
