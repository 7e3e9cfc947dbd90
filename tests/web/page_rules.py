"""What every page of ours must keep to; a list of the ways in which one does not."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib

_UNLABELLED_TYPES = {"hidden", "submit", "button", "reset", "image"}
_ADDRESS_ATTRIBUTES = ("href", "src", "action", "formaction", "poster", "data")
_OWN_SCHEMES = {"", "mailto", "tel", "data"}


def problems_of_page(html: str) -> list[str]:
    """Broken rules of a whole document, in words."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parse(html)
    problems = [
        f"invalid HTML at {position}: {code} {data}" for position, code, data in parser.errors
    ]
    problems += list(_frame_problems(root))
    return problems + problems_of_elements(root)


def problems_of_fragment(html: str) -> list[str]:
    """Broken rules of a part that htmx puts into a page."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parseFragment(html)
    problems = [
        f"invalid HTML at {position}: {code} {data}" for position, code, data in parser.errors
    ]
    children = [child for child in root if isinstance(child.tag, str)]
    if len(children) != 1:
        problems.append(f"a part must have exactly one root element, not {len(children)}")
    return problems + problems_of_elements(root)


def problems_of_elements(root: Element) -> list[str]:
    """Rules that hold for pages and parts alike."""
    return [
        *_id_problems(root),
        *_inline_problems(root),
        *_form_problems(root),
        *_label_problems(root),
        *_address_problems(root),
        *_htmx_problems(root),
        *_image_problems(root),
    ]


def text_of(element: Element) -> str:
    """The visible words of an element, white space folded."""
    return " ".join("".join(element.itertext()).split())


def _elements(root: Element) -> Iterator[Element]:
    return (element for element in root.iter() if isinstance(element.tag, str))


def _frame_problems(root: Element) -> Iterator[str]:
    html = root if root.tag == "html" else root.find("html")
    if html is None or html.get("lang") != "de":
        yield "<html> lacks lang=de"
    headings = list(root.iter("h1"))
    if len(headings) != 1:
        yield f"a page has one h1, not {len(headings)}"
    title = root.find(".//title")
    title_text = text_of(title) if title is not None else ""
    if headings and text_of(headings[0]) not in title_text:
        yield f"title {title_text!r} does not hold the h1 {text_of(headings[0])!r}"
    if len(list(root.iter("main"))) != 1:
        yield "a page has one main"
    levels = [int(e.tag[1]) for e in _elements(root) if e.tag in {"h1", "h2", "h3", "h4", "h5"}]
    for before, after in pairwise(levels):
        if after > before + 1:
            yield f"heading level jumps from h{before} to h{after}"


def _id_problems(root: Element) -> Iterator[str]:
    ids = Counter(element.get("id") for element in _elements(root) if element.get("id"))
    yield from (f"id {id_!r} stands {times} times" for id_, times in ids.items() if times > 1)
    for element in _elements(root):
        for attribute in ("aria-describedby", "aria-labelledby", "aria-controls"):
            for name in (element.get(attribute) or "").split():
                if name not in ids:
                    yield f"{attribute}={name!r} points nowhere"


def _inline_problems(root: Element) -> Iterator[str]:
    for element in _elements(root):
        is_data = element.get("type") == "application/json"
        if element.tag == "style" or (
            element.tag == "script" and not element.get("src") and not is_data
        ):
            yield f"inline <{element.tag}>"
        for name in element.attrib:
            if name == "style" or name.startswith("on") or name.startswith("hx-on"):
                yield f"inline attribute {name} on <{element.tag}>"


def _form_problems(root: Element) -> Iterator[str]:
    for form in root.iter("form"):
        method = (form.get("method") or "").lower()
        if method not in {"get", "post"} or not form.get("action"):
            yield f"form without method and action: {form.attrib}"
        if method == "post" and not any(
            field.get("name") == "csrf_token" and field.get("value") for field in form.iter("input")
        ):
            yield f"form to {form.get('action')} without csrf_token"


def _label_problems(root: Element) -> Iterator[str]:
    labelled = {label.get("for") for label in root.iter("label")}
    for element in _elements(root):
        if element.tag not in {"input", "select", "textarea"}:
            continue
        if element.tag == "input" and element.get("type", "text") in _UNLABELLED_TYPES:
            continue
        if not (element.get("aria-label") or element.get("aria-labelledby")) and (
            element.get("id") not in labelled
        ):
            yield f"<{element.tag} name={element.get('name')!r}> without a label"
    for element in _elements(root):
        has_words = text_of(element) or element.get("aria-label")
        has_picture = any(image.get("alt") for image in element.iter("img"))
        if element.tag in {"button", "a"} and not has_words and not has_picture:
            yield f"<{element.tag}> without words"


def _address_problems(root: Element) -> Iterator[str]:
    for element in _elements(root):
        for attribute in _ADDRESS_ATTRIBUTES:
            parts = urlsplit(element.get(attribute) or "")
            is_plain_link = element.tag == "a" and attribute == "href"
            if (parts.netloc or parts.scheme not in _OWN_SCHEMES) and not is_plain_link:
                yield f"<{element.tag}> loads from elsewhere: {element.get(attribute)}"
            if is_plain_link and parts.scheme == "javascript":
                yield "javascript: link"
        if element.tag == "a" and element.get("href") in {"", "#"}:
            yield "link that leads nowhere"


def _htmx_problems(root: Element) -> Iterator[str]:
    for element in _elements(root):
        for name in element.attrib:
            if name not in {"hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete"}:
                continue
            works_without = element.tag in {"a", "form", "button"} or element.get("hx-trigger")
            if not works_without:
                yield f"{name} on <{element.tag}>, which does nothing without script"


def _image_problems(root: Element) -> Iterator[str]:
    for image in root.iter("img"):
        if image.get("alt") is None:
            yield f"image without alt: {image.get('src')}"
