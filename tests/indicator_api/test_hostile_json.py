"""JSON that is well formed and yet no table ends with a finding, never with a fault of ours."""

import pytest

from tests.indicator_api.world import World

ROW = '{{"area": "99001001", "period": "2023", "measure": "lb", "value": {0}}}'
DEEP = 600


def one(value: str) -> str:
    """A list of one entry with this value."""
    return f"[{ROW.format(value)}]"


# (text, code of the finding, its row)
BODIES = {
    "a huge exponent": (one("1e999999999"), "number_invalid", 1),
    "an exponent of many digits": (one("1e99999999999999999999"), "number_invalid", 1),
    "a tiny number": (one("1e-99999999999999999999"), "number_invalid", 1),
    "a number above all": (one("1e309"), "number_invalid", 1),
    "many digits": (one("1" * 5000), "number_invalid", 1),
    "a long text": (one('"' + "x" * (1 << 20) + '"'), "number_invalid", 1),
    "NaN": (one("NaN"), "number_invalid", 1),
    "Infinity": (one("-Infinity"), "number_invalid", 1),
    "half a character": (one('"\\ud800"'), "no_table", 1),
    "half a character in a list": (one('["\\udfff"]'), "no_table", 1),
    "half a character in a name": ('[{"a\\ud800": 1}]', "no_table", 1),
    "a zero byte in a name": ('[{"a\\u0000": 1}]', "no_table", 1),
    "an endless name": (f'[{{"{"a" * 5000}": 1}}]', "no_table", 1),
    "many levels": (one("[" * DEEP + "1" + "]" * DEEP), "no_table", 1),
    "many levels of objects": (one('{"a":' * DEEP + "1" + "}" * DEEP), "no_table", 1),
    "many levels beside the rows": (
        f'{{"x": {"[" * DEEP}{"]" * DEEP}, "rows": {one("1")}, "Status": {{"Code": "1e5"}}}}',
        None,
        None,
    ),
    "a strange reply": (
        '{"Ident": {}, "Status": {"Code": {"\\ud800": NaN}}}',
        "genesis_refused",
        None,
    ),
    "a reply in half characters": (
        '{"Ident": {}, "Status": {"Code": 104, "Content": "\\ud800\\u0000"}}',
        "genesis_refused",
        None,
    ),
}


@pytest.mark.parametrize("options", [{}, {"mode": "replace", "partial": "true"}])
async def test_it_is_told_in_a_finding(world: World, options: dict[str, str]) -> None:
    wrong = {}
    for name, (body, code, row) in BODIES.items():
        for text in (body, body[:-1] + " "):
            delivery = await world.stack.deliver(
                world.office, "sgb2", text, content_type="application/json", **options
            )
            path = f"/v1/deliveries/{delivery['id']}/findings"
            findings = await world.stack.read(world.office, path)
            seen = {(item["code"], item["row"]) for item in findings["items"]}
            is_whole = text == body
            is_told = code is None or (code, row) in seen if is_whole else bool(seen)
            if delivery["failure"] or not is_told:
                wrong[name] = (delivery["state"], delivery["failure"], seen)
    assert wrong == {}
