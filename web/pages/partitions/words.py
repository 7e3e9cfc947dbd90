"""Partitions and sets in words."""

from collections.abc import Iterable
from datetime import date, timedelta

from web.clients.partition_types import Part, Partition, UnitSet
from web.format import count, day, number

PATH = "/gebiete/gliederungen"
SETS_PATH = "/gebiete/mengen"

SET_KINDS: dict[str, tuple[str, str]] = {
    "sozialraum": ("Sozialraum", "Planungsraum der Sozialplanung, oft mehrere Quartiere"),
    "foerdergebiet": ("Fördergebiet", "Gebiet eines Programms oder Förderantrags"),
    "quartier": ("Quartier", "Wohnviertel, das sich aus kleineren Einheiten zusammensetzt"),
    "schuleinzugsgebiet": ("Schuleinzugsgebiet", "Einzugsgebiet einer Schule"),
}

UNIT_KINDS: dict[str, str] = {
    "quartier": "Quartiere",
    "statistischer_bezirk": "Statistische Bezirke",
    "stadtteil": "Stadtteile",
    "stadtbezirk": "Stadtbezirke",
    "baublock": "Baublöcke",
}


def validity(item: Partition | UnitSet) -> str:
    """From when until when something holds."""
    last = None if item.valid_to is None else item.valid_to - timedelta(days=1)
    if item.valid_from and last:
        return f"{day(item.valid_from)} bis {day(last)}"
    if item.valid_from:
        return f"seit {day(item.valid_from)}"
    return f"bis {day(last)}" if last else "unbefristet"


def has_ended(item: Partition | UnitSet, today: date) -> bool:
    """Whether something no longer holds."""
    return item.valid_to is not None and item.valid_to <= today


def weight(part: Part) -> str:
    """What of a unit counts, as a share."""
    return "ganz" if part.basis == "whole" else f"{number(part.weight * 100, 1)} %"


def makeup(parts: Iterable[Part]) -> str:
    """How many units a set takes in whole and in part."""
    whole = [part for part in parts if part.basis == "whole"]
    cut = [part for part in parts if part.basis != "whole"]
    words = []
    if whole:
        words.append(count(len(whole), "Einheit ganz", "Einheiten ganz"))
    if cut:
        bases = sorted({part.basis_label for part in cut})
        words.append(f"{count(len(cut), 'Einheit', 'Einheiten')} anteilig ({', '.join(bases)})")
    return ", ".join(words)


def house(number_: int, suffix: str) -> str:
    """A house number with its suffix."""
    return f"{number_}{suffix}"


def span(first: int, last: int) -> str:
    """One number or a range of them."""
    return str(first) if first == last else f"{first}–{last}"
