"""A scripted indicator_api with the figures pages' hard cases: breaks, estimates, dead keys."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import httpx

Document = dict[str, Any]

MUSTERSTADT, NACHBARSTADT, LAND = "05999001", "05999002", "05"
DEAD, WITHOUT_BASE = "05313", "05999008"


def area(code: str, name: str, kind: str = "gemeinde", **values: Any) -> Document:
    """An area as `GET /v1/areas/{code}` answers."""
    return {
        "code": code, "name": name, "kind": kind, "kind_label": kind.title(), "ars": None,
        "parent": LAND, "valid_from": None, "valid_to": None, "area_km2": 10.5,
        "is_fictional": False, "has_geometry": False, "is_set": False, "partition": None,
        "ancestors": [{"code": LAND, "name": "Nordrhein-Westfalen", "kind": "land"}],
        "children_count": {}, "bbox": None, "note": None, "source": "Test", "attribution": "",
        "ended": None, "predecessors": [], **values,
    }  # fmt: skip


AREAS = {
    MUSTERSTADT: area(MUSTERSTADT, "Musterstadt"),
    NACHBARSTADT: area(NACHBARSTADT, "Nachbarstadt"),
    DEAD: area(
        DEAD, "Aachen, Stadt", "kreis", valid_to="2009-10-21",
        ended={
            "last_day": "2009-10-20",
            "detail": "05313 endete am 20.10.2009; Nachfolger ist 05334 Städteregion Aachen.",
            "events": [],
            "successors": [{"code": "05334", "name": "Städteregion Aachen", "share": 1.0}],
        },
    ),
    "05999S1": area("05999S1", "Sozialraum Mitte", "sozialraum", is_set=True),
} | {f"0599900{n}": area(f"0599900{n}", f"Ort {n}") for n in range(3, 10)}  # fmt: skip


def observed(code: str, period: str, value: float | None, **values: Any) -> Document:
    """A figure with a Schwankungsbereich of 0.5 on both sides."""
    has_value = value is not None
    return {
        "area": code, "name": AREAS[code]["name"] if code in AREAS else "Nordrhein-Westfalen",
        "kind": "gemeinde", "period": period, "indicator": "sgb2_quote", "breakdown": "",
        "value": value, "status": "value" if has_value else "hidden", "quality": [],
        "numerator": None, "denominator": None,
        "lower": value - 0.5 if value is not None else None,
        "upper": value + 0.5 if value is not None else None, "derivation": None, **values,
    }  # fmt: skip


SUM = {
    "method": "sum", "is_estimated": False, "parts": 38, "parts_expected": 46,
    "parts_kind": "gemeinde", "detail": "Summe aus 38 von 46 Gemeinden",
}  # fmt: skip
ESTIMATE = {
    "method": "estimate", "is_estimated": True, "parts": 2, "parts_expected": 2,
    "parts_kind": "gemeinde", "detail": "Schätzung aus 2 früheren Gemeinden nach Einwohnern",
}  # fmt: skip
CHANGE = {
    "method": "change", "is_estimated": False, "parts": None, "parts_expected": None,
    "parts_kind": None, "detail": "Veränderung gegenüber 2021",
}  # fmt: skip
BREAKS = [
    {
        "kind": "denominator_basis", "on": "2022-05-15", "period": "2022",
        "detail": "Bevölkerung nach dem Zensus 2022 statt 2011",
    }
]  # fmt: skip
DIFFERS = "Einwohner, 2023: Für das Gebiet stehen 1.900, die Teile ergeben zusammen 2.000."
NO_BASE = {"status": "not_available", "detail": "Kein Wert, denn der Nenner ist null"}
INTERVAL = {"method": "wilson", "name": "Schwankungsbereich", "detail": "Nach Wilson, 95 %."}
SOURCE = {
    "dataset": "ba", "title": "Grundsicherung", "attribution": "Statistik der BA",
    "licence": "frei", "is_fictional": False, "is_sample": False, "period": "2023",
    "release": {"id": "1", "number": 3, "published_at": "2026-01-05T08:00:00Z"},
}  # fmt: skip
HEAD = {
    "code": "sgb2_quote", "name": "SGB II-Quote", "short_name": None, "unit": "%",
    "kind": "rate", "decimals": 1, "polarity": "worse", "question": "Wie viele leben davon?",
    "version": 2, "dimension": {"code": "sgb2", "label": "Mindestsicherung"},
    "is_checked": True, "is_key_indicator": True,
}  # fmt: skip
INDICATOR = {
    **HEAD, "numerator_text": "Leistungsberechtigte", "denominator_text": "Einwohner",
    "is_fictional": False, "levels": [], "datasets": [], "smallest_level": "gemeinde",
    "periods": [{"code": "2021", "label": "2021"}, {"code": "2023", "label": "2023"}],
    "coverage": [
        {"dataset": "ba", "level": "gemeinde", "period": period, "areas": 2, "is_fictional": False}
        for period in ("2021", "2023")
    ],
}  # fmt: skip


def profile(code: str, _: dict[str, list[str]]) -> Document:
    """Everything about an area: an estimate, a sum with gaps, a break."""
    return {
        "area": AREAS[code],
        "compared": [{"code": LAND, "name": "Nordrhein-Westfalen", "kind": "land"}],
        "indicators": [
            {
                "indicator": HEAD,
                "items": [
                    observed(code, "2021", 12.0, derivation=ESTIMATE, quality=["estimated"]),
                    observed(code, "2023", 14.0, derivation=SUM),
                    observed(LAND, "2021", 11.0),
                    observed(LAND, "2023", 11.5),
                ],
                "breaks": BREAKS, "interval": INTERVAL, "sources": [0],
            }
        ],
        "sources": [SOURCE],
        "gaps": [
            {
                "indicator": {"code": "kinderarmut_u15", "name": "Kinderarmut unter 15"},
                "code": "hidden", "detail": "Geheim: Die Zahl könnte Menschen erkennbar machen.",
                "suggestion": "Für das Gebiet darüber gibt es eine.",
            }
        ],
        "notes": [{"code": "parts_differ", "area": code, "detail": DIFFERS}],
    }  # fmt: skip


def observations(asked: dict[str, list[str]]) -> Document:
    """Figures of places by key, or a map of two municipalities and a hidden one."""
    codes = asked.get("area", [])
    if codes:
        items = [
            observed(code, period, value + 0.3 * place)
            for place, code in enumerate(codes)
            for period, value in (("2021", 11.0), ("2023", 12.0))
            if code != WITHOUT_BASE
            if code in AREAS or code == LAND
        ]
        if WITHOUT_BASE in codes:
            items.append(observed(WITHOUT_BASE, "2023", None, **NO_BASE))
        if asked.get("breakdown") == ["*"]:
            items = [
                observed(codes[0], "2023", 12.0),
                observed(codes[0], "2023", 13.0, breakdown="GES=GESW"),
            ]
    else:
        items = [
            observed(MUSTERSTADT, "2023", 14.0, derivation=CHANGE if "derive" in asked else None),
            observed(NACHBARSTADT, "2023", 11.7),
            observed("05999003", "2023", 9.0, derivation=SUM),
            observed("05999004", "2023", None),
            observed(WITHOUT_BASE, "2023", None, **NO_BASE),
        ]
    return {
        "indicator": HEAD,
        "indicators": [HEAD, {**HEAD, "breakdown": "GES=GESW", "breakdown_label": "weiblich"}],
        "period": {"code": "2023", "label": "2023"},
        "level": "gemeinde", "sources": [SOURCE], "notes": [], "breaks": BREAKS,
        "interval": INTERVAL, "items": items,
        "comparison": [] if LAND in codes else [observed(LAND, "2023", 11.5)],
        "classes": {"method": "quantile", "breaks": [9.0, 12.0, 14.0], "counts": [2, 1]},
        "next": None, "reason": None,
    }  # fmt: skip


HISTORY = {
    "items": [
        {
            "id": 1, "kind": "merge", "kind_label": "Zusammenschluss",
            "effective_on": "2009-10-21", "is_day_known": True,
            "title": "Bildung der Städteregion Aachen", "legal_basis": "Aachen-Gesetz",
            "source": "GV. NRW. 2008", "note": "",
            "from": [
                {"code": DEAD, "name": "Aachen, Stadt", "kind": "kreis", "share": 1.0,
                 "basis": "whole"},
            ],
            "to": [
                {"code": "05334", "name": "Städteregion Aachen", "kind": "kreis", "share": 0.43,
                 "basis": "residents"},
            ],
        }
    ]
}  # fmt: skip
SIMILAR = {
    "area": {"code": MUSTERSTADT, "name": "Musterstadt", "kind": "gemeinde"},
    "level": "gemeinde", "own": [{"indicator": "sgb2_quote", "value": 14.0, "z": 1.25}],
    "profile": [
        {
            "indicator": "sgb2_quote", "name": "SGB II-Quote", "unit": "%", "decimals": 1,
            "period": {"code": "2023", "label": "2023"}, "areas": 396, "mean": 9.0, "sd": 4.0,
            "weight": 1.0,
        }
    ],
    "items": [
        {
            "code": NACHBARSTADT, "name": "Nachbarstadt", "kind": "gemeinde", "distance": 0.575,
            "values": [{"indicator": "sgb2_quote", "value": 11.7, "z": 0.675}],
        }
    ],
    "left_out": [{"code": "05999003", "name": "Ort 3", "missing": [], "detail": "ohne Zahl"}],
    "left_out_count": 731,
    "dropped": [], "sources": [SOURCE], "method": {"name": "z", "detail": "Euklidisch."},
    "reason": None,
}  # fmt: skip
PARTS = {
    "code": "05999S1", "name": "Sozialraum Mitte",
    "parts": [
        {"unit": "0599900101", "name": "Altstadt", "weight": 0.625, "basis": "residents",
         "basis_label": "nach Einwohnern", "detail": ""},
    ],
}  # fmt: skip


def _file(content: bytes, media_type: str) -> httpx.Response:
    """A file that is handed on as it comes."""
    headers = {"content-type": media_type}
    return httpx.Response(200, stream=httpx.ByteStream(content), headers=headers)


def _problem(status: int, code: str, detail: str) -> httpx.Response:
    document = {"status": status, "code": code, "title": "Nicht gefunden", "detail": detail}
    return httpx.Response(status, json=document)


class FiguresWorld:
    """Answers like indicator_api; `broken` paths answer 503, `asked` counts the requests."""

    def __init__(self) -> None:
        self.broken: set[str] = set()
        self.asked: list[str] = []
        self.parts: dict[str, Callable[[str, dict[str, list[str]]], Any]] = {
            "profile": profile,
            "history": lambda code, _: HISTORY if code == DEAD else {"items": []},
            "similar": lambda *_: SIMILAR,
        }

    @property
    def transport(self) -> httpx.MockTransport:
        """The service as a transport."""
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """One answer."""
        path, asked = request.url.path, parse_qs(request.url.query.decode())
        self.asked.append(str(request.url.raw_path.decode()))
        if any(part in path for part in self.broken):
            return httpx.Response(503, json={"status": 503, "code": "down", "title": "Gestört"})
        if path == "/v1/observations":
            if asked.get("f", ["json"]) != ["json"]:
                return _file(b"area;value\r\n", "text/csv")
            return httpx.Response(200, json=observations(asked))
        if path == "/v1/indicators":
            return httpx.Response(200, json={"items": [INDICATOR], "next": None})
        if path == "/v1/indicators/sgb2_quote":
            return httpx.Response(200, json=INDICATOR)
        if path.startswith("/v1/maps/"):
            return _file(b"<svg/>", "image/svg+xml")
        if path.startswith("/v1/area-sets/"):
            return httpx.Response(200, json=PARTS)
        return self._area(path, asked)

    def _area(self, path: str, asked: dict[str, list[str]]) -> httpx.Response:
        if path == "/v1/areas":
            found = [item for item in AREAS.values() if asked.get("q", [""])[0] in item["name"]]
            return httpx.Response(200, json={"items": found, "next": None})
        code, _, part = path.removeprefix("/v1/areas/").partition("/")
        if code not in AREAS:
            return _problem(404, "area_unknown", f"Das Gebiet „{code}“ gibt es nicht.")
        return httpx.Response(200, json=self.parts[part](code, asked) if part else AREAS[code])
