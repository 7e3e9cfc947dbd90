"""What an area came from and what became of it, as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from web.clients.profile_types import AreaEvent, LinkedArea
from web.format import day, number

KIND_WORDS = {
    "merge": "Zusammenschluss",
    "split": "Teilung",
    "rename": "Umbenennung",
    "key_change": "Neuer Schlüssel",
    "partial": "Umgliederung eines Teils",
}
_BASIS_WORDS = {"residents": "der Einwohner", "area": "der Fläche", "whole": ""}

Link = tuple[str, str, str]
"""Name with key, address, and the part that went over (empty for all of it)."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the register: when, what, from where to where, by which law."""

    on: str
    kind: str
    title: str
    before: tuple[Link, ...]
    after: tuple[Link, ...]
    law: str
    source: str


def make_history(events: Sequence[AreaEvent], code: str, suffix: str) -> tuple[Change, ...]:
    """The changes, the newest first; `code` itself is not linked, `suffix` ends each link."""
    ordered = sorted(events, key=lambda event: str(event.effective_on or ""), reverse=True)
    return tuple(
        Change(
            on=_when(event),
            kind=event.kind_label or KIND_WORDS.get(event.kind, event.kind),
            title=event.title,
            before=tuple(_link(area, code, suffix) for area in event.before),
            after=tuple(_link(area, code, suffix) for area in event.after),
            law=event.legal_basis or "",
            source=event.source or "",
        )
        for event in ordered
    )


def _when(event: AreaEvent) -> str:
    if event.effective_on is None:
        return "Tag unbekannt"
    if not event.is_day_known:
        return f"bis zum {day(event.effective_on)}, der genaue Tag ist nicht bekannt"
    return day(event.effective_on)


def _link(area: LinkedArea, code: str, suffix: str) -> Link:
    path = "" if not area.code or area.code == code else f"/gebiete/{quote(area.code, safe='')}"
    part = ""
    if area.share is not None and area.share < 1:
        part = (
            f"{number(area.share * 100, 1)}\u00a0% {_BASIS_WORDS.get(area.basis or '', '')}".strip()
        )
    name = f"{area.name} ({area.code})" if area.code else area.name
    return name, f"{path}{suffix}" if path else "", part
