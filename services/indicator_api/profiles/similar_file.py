"""Similar areas as a table: a line for each area and indicator, nearest first.

The area itself comes first with the rank and distance 0. Beside each value stand the mean and
the standard deviation that its z value was made with, so that the distance can be worked out.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import xlsxwriter

from services.shared.list_files import file_name

COLUMNS: dict[str, str] = {
    "rank": "Rang",
    "area": "Gebietsschlüssel",
    "name": "Gebiet",
    "level": "Ebene",
    "distance": "Abstand",
    "indicator": "Indikator",
    "indicator_name": "Name des Indikators",
    "unit": "Einheit",
    "period": "Zeitraum",
    "value": "Wert",
    "z": "z-Wert",
    "mean": "Mittel aller Gebiete",
    "sd": "Standardabweichung",
    "areas": "Gebiete mit Zahl",
    "weight": "Gewicht",
    "source": "Quelle",
    "is_fictional": "Erfundene Zahl",
}
"""Names for programs with the headings for people."""
Document = Mapping[str, Any]
_WIDTHS = {"name": 28, "indicator_name": 34, "source": 40}
_INVENTED = "Die Zahlen sind erfunden."


def rows_of(document: Document) -> Iterator[list[Any]]:
    """The lines of an answer (see `schemas.Similar`), in the order of `COLUMNS`."""
    features = {item["indicator"]: item for item in document["profile"]}
    own = {**document["area"], "distance": 0.0, "values": document["own"]}
    for rank, area in enumerate([own, *document["items"]]):
        for value in area["values"]:
            feature = features[value["indicator"]]
            sources = [document["sources"][number] for number in feature["sources"]]
            yield [
                rank,
                area["code"],
                area["name"],
                area["kind"],
                float(area["distance"]),
                value["indicator"],
                feature["name"],
                feature["unit"],
                feature["period"]["code"],
                value["value"],
                value["z"],
                feature["mean"],
                feature["sd"],
                feature["areas"],
                feature["weight"],
                "; ".join(dict.fromkeys(source["attribution"] for source in sources)),
                any(source["is_fictional"] for source in sources),
            ]


def name_of(document: Document) -> str:
    """The file's name without its ending; that figures are invented stands in it."""
    words = ["aehnliche_Gebiete", file_name(document["area"]["code"])]
    return "_".join(words + ["erfundene_Zahlen"] * _is_invented(document))


def workbook(document: Document) -> bytes:
    """The answer as an Excel workbook: a sheet of figures, a sheet that explains them.

    Texts are written as texts whatever they look like: none becomes a formula or link.
    """
    file = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, {"in_memory": True, **plain}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("Ähnliche Gebiete")
        sheet.freeze_panes(1, 0)
        for number, (name, heading) in enumerate(COLUMNS.items()):
            sheet.set_column(number, number, _WIDTHS.get(name, 14))
            sheet.write_string(0, number, heading, bold)
        last = 0
        for last, row in enumerate(rows_of(document), start=1):
            for column, value in enumerate(row):
                if isinstance(value, bool):
                    sheet.write_string(last, column, "ja" if value else "nein")
                elif isinstance(value, int | float):
                    sheet.write_number(last, column, value)
                else:
                    sheet.write_string(last, column, value)
        sheet.autofilter(0, 0, max(last, 1), len(COLUMNS) - 1)
        about = book.add_worksheet("Erläuterung")
        about.set_column(0, 0, 28)
        about.set_column(1, 1, 100)
        for place, (heading, words) in enumerate(explanation(document)):
            about.write_string(place, 0, heading, bold)
            about.write_string(place, 1, words, wrapped)
    return file.getvalue()


def explanation(document: Document) -> Sequence[tuple[str, str]]:
    """What goes with the figures in words: method, who was left out and why, sources."""
    found = [("Hinweis", _INVENTED)] if _is_invented(document) else []
    found.append(("Gebiet", f"{document['area']['name']} ({document['area']['code']})"))
    reason = document["reason"]
    if reason is not None:
        found.append(("Keine ähnlichen Gebiete", reason.detail))
    found.append(("Indikatoren", document["chosen_by"]["detail"]))
    found.append((document["method"]["name"], document["method"]["detail"]))
    found += [("Nicht verglichen", f"{i['name']}: {i['detail']}") for i in document["dropped"]]
    found += [("Nicht einbezogen", f"{i['name']}: {i['detail']}") for i in document["left_out"]]
    more = document["left_out_count"] - len(document["left_out"])
    if more > 0:
        found.append(("Nicht einbezogen", f"und {more} weitere Gebiete"))
    for source in document["sources"]:
        words = f"{source['title']} ({source['dataset']}), {source['publisher']}."
        found.append(
            (
                "Quelle",
                f"{words} Quellenvermerk: {source['attribution']}. Lizenz: {source['licence']}.",
            )
        )
    return found


def _is_invented(document: Document) -> bool:
    return any(source["is_fictional"] for source in document["sources"])
