"""Names of files that are handed on."""

import pytest

from web.handing_on import file_name


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("sgb2_quote", "2023", ""), "sgb2_quote_2023"),
        (("sgb2_quote", "Ωmega", "05\r\nX: y"), "sgb2_quote_mega_05Xy"),
        (("../" * 9, '"; a="b'), "_ab"),
        (("a" * 300,), "a" * 120),
    ],
)
def test_a_file_s_name_fits_a_header_whatever_the_address_says(
    parts: tuple[str, ...], name: str
) -> None:
    assert file_name(*parts) == name
    assert file_name(*parts).encode("ascii")
