"""The page rules themselves: each finds what it is there to find."""

import pytest

from tests.web.page_rules import problems_of_fragment, problems_of_page

GOOD = (
    '<!DOCTYPE html><html lang="de"><head><title>Karte – Quartierblick</title></head><body><main>'
    "<h1>Karte</h1>{}</main></body></html>"
)


def test_a_good_page_has_no_problems() -> None:
    assert problems_of_page(GOOD.format("<p>Text</p>")) == []


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("<p><div></p>", "invalid HTML"),
        ('<i id="a"></i><i id="a"></i>', "stands 2 times"),
        ("<h1>Zweite</h1>", "one h1"),
        ("<h3>Zu tief</h3>", "jumps"),
        ('<form method="post" action="/x"></form>', "csrf_token"),
        ('<form action="/x"></form>', "method"),
        ('<input id="x" name="x">', "label"),
        ('<p style="color:red">x</p>', "inline attribute style"),
        ('<p onclick="x()">x</p>', "inline attribute onclick"),
        ('<p hx-on:click="x()">x</p>', "inline attribute hx-on:click"),
        ("<script>1</script>", "inline <script>"),
        ('<img src="https://evil.example/a.png" alt="">', "loads from elsewhere"),
        ('<img src="/a.png">', "without alt"),
        ('<a href="#">x</a>', "leads nowhere"),
        ('<a href="/x"><i></i></a>', "without words"),
        ('<p aria-labelledby="gone">x</p>', "points nowhere"),
        ('<p hx-get="/x">x</p>', "does nothing without script"),
    ],
)
def test_each_fault_is_found(broken: str, words: str) -> None:
    problems = problems_of_page(GOOD.format(broken))
    assert any(words in problem for problem in problems), problems


def test_language_and_title_are_asked_for() -> None:
    page = GOOD.format("").replace(' lang="de"', "").replace("<title>Karte", "<title>Anderes")
    problems = problems_of_page(page)
    assert "<html> lacks lang=de" in problems
    assert any("does not hold the h1" in problem for problem in problems)


def test_a_part_has_one_root() -> None:
    assert problems_of_fragment('<div id="a"></div>') == []
    assert problems_of_fragment("<div></div><div></div>")
