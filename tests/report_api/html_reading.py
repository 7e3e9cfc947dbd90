"""Reads rendered HTML back as a tree, strictly: a parse error fails the test."""

from xml.etree.ElementTree import Element

import html5lib

SVG = "{http://www.w3.org/2000/svg}"


def read_document(data: bytes) -> Element:
    """The <html> element of a complete file."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    root: Element = parser.parse(data, transport_encoding="utf-8")
    return root


def read_article(text: str) -> Element:
    """The one <article> of a fragment, as it stands in a page's <main>."""
    page = f"<!DOCTYPE html><html lang=de><title>x</title><body><main>{text}</main></body></html>"
    main = one(read_document(page.encode()), "./body/main")
    assert [child.tag for child in main] == ["article"]
    return main[0]


def one(element: Element, path: str) -> Element:
    """The first element at a path; it must be there."""
    found = element.find(path)
    assert found is not None, path
    return found


def text_of(element: Element) -> str:
    """All text below an element, blanks and line ends as one blank."""
    return " ".join("".join(element.itertext()).split())


def by_class(element: Element, name: str) -> list[Element]:
    """The elements below with this class, in order."""
    return [item for item in element.iter() if name in item.get("class", "").split()]
