"""Gaps of a profile in words; without a database."""

from typing import Any

from services.indicator_api.profiles.gaps import gap_of

ENTRY = {"code": "quote", "name": "Quote", "usual_source": None}
LEVELS = {"kreis": "Kreise", "gemeinde": "Gemeinden"}


def gap_with(**newest: Any) -> dict[str, Any]:
    """The gap where the newest figure is as given."""
    item = {
        "period": "2024-12-31",
        "detail": None,
    } | newest
    found = gap_of(ENTRY, [item], {"gemeinde"}, LEVELS, "kreis")
    assert found is not None
    return found


def test_a_hidden_sum_is_not_said_to_be_too_small() -> None:
    own = gap_with(status="hidden")
    assert own["detail"] == (
        "„Quote“ ist für 31.12.2024 geheim: Die Zahl ist zu klein, um sie zu zeigen."
    )
    derived = gap_with(status="hidden", detail="Keine Summe: Ein Teil ist geheim.")
    assert derived["detail"] == (
        "„Quote“ ist für 31.12.2024 geheim. Keine Summe: Ein Teil ist geheim."
    )


def test_nobody_to_relate_to_is_said() -> None:
    found = gap_with(status="not_available", detail="Kein Wert, denn der Nenner ist null")
    assert found["detail"] == "„Quote“, 31.12.2024: Kein Wert, denn der Nenner ist null."


def test_a_part_that_is_missing_is_said() -> None:
    found = gap_with(status="not_available", detail="Es fehlen Teile.")
    assert found["detail"] == "„Quote“, 31.12.2024: Es fehlen Teile."
