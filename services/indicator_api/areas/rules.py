"""Rules of area keys and names; no input or output."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from unicodedata import normalize

FEDERAL_CODE = "DG"
LAND_CODE = "05"
SUCCESSOR_UNKNOWN = (
    "Die Quelle nennt keinen Nachfolger: Verzeichnisse zeigen, welche Schlüssel es nicht mehr "
    "gibt, aber nicht, wohin ihr Gebiet gekommen ist."
)
_FOLDS = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss", "é": "e", "è": "e"})
_DIGRAPHS = (("ae", "a"), ("oe", "o"), ("ue", "u"))
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def fold(name: str) -> str:
    """A name as it is searched: „Köln“, „Koeln“ and „KOLN“ become the same."""
    # a letter and its mark may be two characters, as in names that a Mac wrote
    folded = normalize("NFC", name).lower().translate(_FOLDS)
    for digraph, letter in _DIGRAPHS:
        folded = folded.replace(digraph, letter)
    return _NOT_WORD.sub(" ", folded).strip()


def candidates_for_lost_zero(key: str) -> str | None:
    """The key with the leading zero that a spreadsheet may have cut off, or None.

    Official keys have 2 (Land), 3 (Regierungsbezirk), 5 (Kreis), 8 (Gemeinde, AGS) or 12 (ARS)
    digits; a key of digits that is one shorter has lost its zero.
    """
    if key.isdigit() and len(key) + 1 in (2, 3, 5, 8, 12):
        return "0" + key
    return None


def ags_of_ars(key: str) -> str | None:
    """The AGS (8 digits) in an ARS (12 digits: Land, Bezirk, Kreis, Verband, Gemeinde), or None.

    A municipality that joined another Gemeindeverband keeps its AGS, while its ARS changes.
    """
    return key[:5] + key[9:] if len(key) == 12 and key.isdigit() else None


def last_day(valid_to: date) -> date:
    """The last day of an area whose validity is half-open."""
    return valid_to - timedelta(days=1)


def cycle_in(parents: Mapping[str, str | None]) -> list[str] | None:
    """A chain of keys each of which lies in the next and the last in the first, or None."""
    settled: set[str] = set()
    for start in parents:
        way: list[str] = []
        place: dict[str, int] = {}
        code: str | None = start
        while code is not None and code in parents and code not in settled:
            if code in place:
                return way[place[code] :]
            place[code] = len(way)
            way.append(code)
            code = parents[code]
        settled.update(way)
    return None


def ended_in_words(
    code: str, valid_to: date, successors: Iterable[tuple[str, str]], *, is_day_known: bool
) -> str:
    """„05313 endete am 20.10.2009; Nachfolger ist 05334 Städteregion Aachen.“"""
    if is_day_known:
        beginning = f"{code} endete am {last_day(valid_to):%d.%m.%Y}"
    else:
        beginning = f"{code} steht im Verzeichnis vom {valid_to:%d.%m.%Y} nicht mehr"
    named = _named("Nachfolger", successors)
    return f"{beginning}; {named}." if named else f"{beginning}. {SUCCESSOR_UNKNOWN}"


def not_yet_in_words(
    place: str,
    begins: tuple[str, date],
    asked: date,
    predecessors: Iterable[tuple[str, str]],
    *,
    is_day_known: bool,
) -> str:
    """„05334 Städteregion Aachen besteht erst seit dem 21.10.2009; am 31.12.2005 gab es …“

    `begins`: „seit“ or „ab“, and the first day.
    """
    since, first = begins
    if is_day_known:
        said = (
            f"{place} besteht erst {since} dem {first:%d.%m.%Y}; am {asked:%d.%m.%Y} gab es "
            "dieses Gebiet noch nicht."
        )
    else:
        said = (
            f"{place} steht erst {since} dem {first:%d.%m.%Y} im Verzeichnis; am "
            f"{asked:%d.%m.%Y} stand es dort noch nicht."
        )
    named = _named("Vorgänger", predecessors)
    return f"{said} {named}." if named else said


def _named(word: str, places: Iterable[tuple[str, str]]) -> str:
    """„Nachfolger ist 05334 Städteregion Aachen“; empty for none."""
    named = [f"{key} {name}" for key, name in places]
    if len(named) < 2:
        return f"{word} ist {named[0]}" if named else ""
    return f"{word} sind {', '.join(named[:-1])} und {named[-1]}"


def periods_overlap(
    one: tuple[date | None, date | None], other: tuple[date | None, date | None]
) -> bool:
    """Whether two half-open validities share a day; None is open."""
    begins = max((item[0] for item in (one, other) if item[0] is not None), default=date.min)
    ends = min((item[1] for item in (one, other) if item[1] is not None), default=date.max)
    return begins < ends


def period_in_words(valid_from: date | None, valid_to: date | None) -> str:
    """A half-open validity in words: „vom 21.10.2009 an“."""
    if valid_from is None and valid_to is None:
        return "ohne Anfang und Ende"
    if valid_to is None:
        return f"vom {valid_from:%d.%m.%Y} an"
    if valid_from is None:
        return f"bis zum {last_day(valid_to):%d.%m.%Y}"
    return f"vom {valid_from:%d.%m.%Y} bis zum {last_day(valid_to):%d.%m.%Y}"


# west, south, east, north around Germany's land and sea, with some room
_GERMANY = {
    "EPSG:4326": (3.0, 46.5, 16.0, 56.0),
    "EPSG:25832": (50_000.0, 5_150_000.0, 1_000_000.0, 6_250_000.0),
}


def outside_germany(bounds: tuple[float, float, float, float], crs: str) -> str | None:
    """What is wrong with an area that does not lie in Germany, or None if it does.

    `bounds` are min x, min y, max x, max y in the CRS (EPSG:4326: longitude first).
    """
    if _lies_in(bounds, _GERMANY[crs]):
        return None
    west, south, east, north = bounds
    if _lies_in((south, west, north, east), _GERMANY[crs]):
        return "Die Fläche liegt nicht in Deutschland: die Achsen der Koordinaten sind vertauscht."
    other = next(name for name in _GERMANY if name != crs)
    if _lies_in(bounds, _GERMANY[other]):
        return f"Die Koordinaten passen nicht zu {crs}; sie sind wohl in {other} angegeben."
    return (
        f"Die Fläche liegt nicht in Deutschland (x {west:.6g} bis {east:.6g}, y {south:.6g} bis "
        f"{north:.6g} in {crs}). Prüfen Sie das Koordinatensystem und die Vorzeichen."
    )


def _lies_in(
    inner: tuple[float, float, float, float], outer: tuple[float, float, float, float]
) -> bool:
    return (
        outer[0] <= inner[0]
        and outer[1] <= inner[1]
        and inner[2] <= outer[2]
        and inner[3] <= outer[3]
    )
