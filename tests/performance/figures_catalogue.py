"""The measures and indicators that a world of figures is about."""

from typing import Any

import psycopg

INDICATORS = 59
_DENOMINATORS = 4
_DIMENSIONS = 8


def fill_catalogue(connection: "psycopg.Connection[tuple[Any, ...]]") -> None:
    """Add 59 rates, each with a count of its own over one of four."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO indicator.measure (code, name, unit, kind)"
            " VALUES (%s, %s, 'Personen', 'count')",
            [(f"bestand_{n}", f"Bestand {n}") for n in range(_DENOMINATORS)]
            + [(f"anzahl_{n:02}", f"Anzahl {n}") for n in range(INDICATORS)],
        )
        cursor.executemany(
            "INSERT INTO indicator.indicator (code, name, short_name, kind, numerator_text,"
            " denominator_text, unit, factor, polarity, dimension_code, dimension_label,"
            " numerator_measure_id, denominator_measure_id, denominator_breakdown_id,"
            " denominator_period_rule)"
            " SELECT %s, %s, %s, 'rate', n.name, d.name, '%%', 100, 'worse', %s, %s, n.id, d.id, 0,"
            " 'same' FROM indicator.measure AS n, indicator.measure AS d"
            " WHERE n.code = %s AND d.code = %s",
            [
                (
                    f"anteil_{n:02}",
                    f"Anteil {n}",
                    f"Anteil {n}",
                    f"dimension_{n % _DIMENSIONS}",
                    f"Dimension {n % _DIMENSIONS}",
                    f"anzahl_{n:02}",
                    f"bestand_{n % _DENOMINATORS}",
                )
                for n in range(INDICATORS)
            ],
        )
