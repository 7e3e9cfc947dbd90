"""Rules of changes: shares that add up, what each kind of event asks for; no input or output."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from services.indicator_api.areas.rules import cycle_in

KIND_LABELS = {
    "key_change": "Neuer Schlüssel",
    "rename": "Neuer Name",
    "parent_change": "Neue Zugehörigkeit",
    "merge": "Zusammenschluss",
    "split": "Aufteilung",
    "partial": "Teilweise Umgliederung",
    "founded": "Neu gebildet",
    "ended": "Aufgelöst",
}
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Link:
    """`source` became (part of) `target`; shares between 0 and 1, None where not known."""

    source: str | None
    target: str | None
    residents: float | None = None
    area: float | None = None
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an event: index of the link (None: the event as a whole), in words."""

    link: int | None
    code: str
    detail: str


def completed(links: Sequence[Link]) -> list[Link]:
    """The links with `is_whole` where all of a source goes to one target."""
    ways: dict[str, int] = defaultdict(int)
    for link in links:
        if link.source is not None and link.target is not None:
            ways[link.source] += 1
    done = []
    for link in links:
        is_whole = link.source is not None and ways[link.source] == 1 and link.target is not None
        is_whole = is_whole and all(share in (None, 1) for share in (link.residents, link.area))
        done.append(Link(link.source, link.target, link.residents, link.area, is_whole))
    return done


def unweighed_splits(links: Sequence[Link]) -> dict[str, list[str]]:
    """{source: targets} of sources that were divided without a share being given.

    Only where each target came of this source alone: then its residents are its share.
    """
    ways: dict[str, list[Link]] = defaultdict(list)
    origins: dict[str, set[str | None]] = defaultdict(set)
    for link in links:
        if link.target is not None:
            origins[link.target].add(link.source)
            if link.source is not None:
                ways[link.source].append(link)
    return {
        source: [str(way.target) for way in parts]
        for source, parts in ways.items()
        if len(parts) > 1
        and all(way.residents is None and way.area is None for way in parts)
        and all(origins[str(way.target)] == {source} for way in parts)
    }


def faults_of(kind: str, links: Sequence[Link]) -> list[Fault]:
    """Everything wrong with the links of an event, without looking at the register."""
    faults = _ends(kind, links)
    seen: set[tuple[str | None, str | None]] = set()
    for place, link in enumerate(links):
        if (link.source, link.target) in seen:
            faults.append(Fault(place, "link_twice", "Dieselbe Verknüpfung steht mehrfach da."))
        seen.add((link.source, link.target))
    return faults + _wrong_sums(links) + _wrong_shape(kind, links) + _circles(kind, links)


def _ends(kind: str, links: Sequence[Link]) -> list[Fault]:
    faults = []
    for place, link in enumerate(links):
        if kind == "founded" and (link.source is not None or link.target is None):
            faults.append(Fault(place, "link_end", "Eine Neubildung nennt nur „to“."))
        elif kind == "ended" and (link.target is not None or link.source is None):
            faults.append(Fault(place, "link_end", "Eine Auflösung nennt nur „from“."))
        elif kind not in ("founded", "ended") and None in (link.source, link.target):
            faults.append(Fault(place, "link_end", "Nennen Sie „from“ und „to“."))
    return faults


def _wrong_sums(links: Sequence[Link]) -> list[Fault]:
    by_source: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        if link.source is not None and link.target is not None:
            by_source[link.source].append(link)
    faults = []
    for source, ways in by_source.items():
        for label, shares in (
            ("Einwohneranteile", [way.residents for way in ways]),
            ("Flächenanteile", [way.area for way in ways]),
        ):
            known = [share for share in shares if share is not None]
            if known and len(known) < len(ways):
                faults.append(
                    Fault(
                        None,
                        "weights_incomplete",
                        f"Von {source} sind {len(known)} von {len(ways)} {label}n angegeben; "
                        "nennen Sie alle oder keine.",
                    )
                )
            elif known and abs(sum(known) - 1) > TOLERANCE:
                total = f"{sum(known):.6g}".replace(".", ",")
                faults.append(
                    Fault(
                        None,
                        "weights_not_one",
                        f"Die {label} von {source} ergeben {total} statt 1.",
                    )
                )
        if len(ways) > 1 and all(way.residents is None and way.area is None for way in ways):
            faults.append(
                Fault(
                    None,
                    "weights_missing",
                    f"{source} geht in {len(ways)} Gebiete über; dafür braucht es Anteile nach "
                    "Einwohnern oder nach Fläche.",
                )
            )
    return faults


def _wrong_shape(kind: str, links: Sequence[Link]) -> list[Fault]:
    faults = []
    for place, link in enumerate(links):
        is_same = link.source == link.target
        if kind == "key_change" and is_same:
            faults.append(
                Fault(place, "key_unchanged", "Der alte und der neue Schlüssel gleichen sich.")
            )
        if kind in ("rename", "parent_change") and not is_same:
            faults.append(
                Fault(
                    place,
                    "key_changed",
                    "Der Schlüssel bleibt hier gleich: from und to nennen ihn.",
                )
            )
    if kind == "key_change":
        sources = [link.source for link in links]
        targets = [link.target for link in links]
        if len(set(sources)) < len(links) or len(set(targets)) < len(links):
            faults.append(
                Fault(
                    None,
                    "key_change_not_one_to_one",
                    "Bei einem neuen Schlüssel wird aus genau einem Gebiet genau eines.",
                )
            )
    return faults


def _circles(kind: str, links: Sequence[Link]) -> list[Fault]:
    """Areas that become one another as wholes, and changes after which all is as before."""
    if kind in ("merge", "split", "partial") and all(item.source == item.target for item in links):
        detail = (
            f"Jedes Gebiet bleibt hier, was es war; das ist kein Vorgang der Art "
            f"„{KIND_LABELS[kind]}“."
        )
        return [Fault(None, "nothing_changes", detail)]
    became = {
        str(item.source): item.target
        for item in links
        if item.is_whole and item.source != item.target
    }
    circle = cycle_in(became)
    if circle is None:
        return []
    way = " → ".join([*circle, circle[0]])
    detail = f"Die Gebiete gehen im Kreis ineinander über: {way}. Nennen Sie, was bestehen bleibt."
    return [Fault(None, "links_in_a_circle", detail)]
