"""The result in words, as a person reads it in a terminal or in cron's mail."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_STATES = {
    "accepted": "übernommen",
    "checked": "geprüft (Probelauf), nichts übernommen",
    "rejected": "zurückgewiesen, nichts übernommen",
    "asking": "wartet auf eine Zuordnung der Spalten",
    "confirming": "wartet auf eine Begründung zu den Hinweisen",
    "approving": "wartet auf die Zustimmung einer zweiten Person",
    "failed": "gescheitert, nichts übernommen",
    "discarded": "verworfen, nichts übernommen",
    "expired": "abgelaufen, nichts übernommen",
    "withdrawal_approving": "übernommen; sie soll zurückgenommen werden, wenn eine zweite Person "
    "zustimmt",
    "withdrawing": "wird zurückgenommen",
    "withdrawn": "zurückgenommen",
    "received": "angekommen",
    "checking": "wird geprüft",
    "loading": "wird übernommen",
}
_SEVERITIES = {"error": "Fehler", "warning": "Hinweis", "note": "Anmerkung"}
_COUNTS = (
    ("new", "neu"),
    ("changed", "geändert"),
    ("unchanged", "unverändert"),
    ("withdrawn", "zurückgezogen"),
    ("refused", "Zeilen nicht übernommen"),
)
_NEXT = {
    "asking": "Ordnen Sie auf der Seite der Lieferung die Spalten zu und speichern Sie die "
    "Zuordnung; danach genügt --mapping mit ihrem Namen.",
    "confirming": "Sind die Werte richtig, bestätigen Sie sie auf der Seite der Lieferung, oder "
    "liefern Sie mit --confirm „Begründung“ noch einmal.",
    "approving": "Eine zweite Person Ihrer Stelle stimmt auf der Seite der Lieferung zu.",
    "rejected": "Bessern Sie die genannten Stellen aus und liefern Sie die Datei noch einmal.",
    "failed": "Derselbe Aufruf liefert dieselbe Datei noch einmal.",
}


def summary(
    delivery: Mapping[str, Any], findings: Sequence[Mapping[str, Any]], *, is_known: bool
) -> str:
    """What became of a delivery; `findings` are the first rows of each kind.

    `is_known`: it was delivered by an earlier call already.
    """
    return "\n".join(_lines(delivery, findings, is_known))


def _lines(
    delivery: Mapping[str, Any], findings: Sequence[Mapping[str, Any]], is_known: bool
) -> Iterator[str]:
    state = delivery["state"]
    title = delivery["dataset"]["title"]
    yield f"Lieferung {delivery['number']} ({title}): {_STATES.get(state, state)}."
    if is_known:
        yield "Dieselbe Datei wurde so schon geliefert; dies ist, was daraus wurde."
    if delivery["failure"]:
        yield delivery["failure"]["detail"]
    if state == "accepted":
        yield _counted(delivery["counts"])
        yield from _replaced(delivery["replaced"])
    yield from _findings(delivery["finding_counts"], findings)
    if state == "accepted":
        yield delivery["audience_note"]
    if state in _NEXT:
        yield _NEXT[state]


def _counted(counts: Mapping[str, int]) -> str:
    always = ("new", "changed", "unchanged")
    told = [
        f"{_number(counts.get(name, 0))} {word}"
        for name, word in _COUNTS
        if name in always or counts.get(name)
    ]
    return f"Werte: {', '.join(told)}."


def _replaced(replaced: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for earlier in replaced:
        yield (
            f"Ersetzt {_number(earlier['cells'])} Werte der Lieferung {earlier['number']} "
            f"({earlier['filename'] or 'ohne Namen'})."
        )


def _findings(
    kinds: Sequence[Mapping[str, Any]], findings: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    for kind in kinds:
        severity = _SEVERITIES.get(kind["severity"], kind["severity"])
        yield f"{severity}: {kind['title']} ({_number(kind['count'])} ×, {kind['code']})"
        shown = [finding for finding in findings if finding["code"] == kind["code"]]
        for finding in shown:
            place = ", ".join(
                part
                for part in (
                    f"Zeile {finding['row']}" if finding["row"] is not None else "",
                    f"Spalte {finding['column']}" if finding["column"] else "",
                )
                if part
            )
            yield f"  {place + ': ' if place else ''}{finding['detail']}"
        if shown and shown[0]["remedy"]:
            yield f"  → {shown[0]['remedy']}"


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")
