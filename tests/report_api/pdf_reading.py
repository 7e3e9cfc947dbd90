"""Reads a tagged PDF back: its structure tree with the text of each element."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO

import pikepdf

Marked = dict[tuple[int, int], str]


@dataclass
class Element:
    """A structure element: kind („H1“, „TH“), text of all below it, alternative, attributes."""

    kind: str
    text: str
    alternative: str
    id: str
    scope: str
    headers: tuple[str, ...]
    children: list["Element"] = field(default_factory=list)

    def all(self, *kinds: str) -> Iterator["Element"]:
        """The elements of these kinds below this one, in reading order."""
        for child in self.children:
            if child.kind in kinds:
                yield child
            yield from child.all(*kinds)

    def parts(self, kind: str) -> list["Element"]:
        """The elements of this kind below this one."""
        return list(self.all(kind))


def read_structure(data: bytes) -> Element:
    """The root of the structure tree, with texts."""
    with pikepdf.open(BytesIO(data)) as pdf:
        marked: Marked = {}
        for number, page in enumerate(pdf.pages):
            marked |= {(number, mcid): text for mcid, text in _page_texts(page).items()}
        numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages)}
        return _element(pdf.Root.StructTreeRoot, marked, numbers, 0)


def read_artifacts(data: bytes) -> list[str]:
    """For each page the text outside the structure: running heads and feet."""
    with pikepdf.open(BytesIO(data)) as pdf:
        return [_page_texts(page).get(-1, "") for page in pdf.pages]


def read_pages(data: bytes) -> list[str]:
    """For each page the text inside the structure, without blanks and soft hyphens."""
    with pikepdf.open(BytesIO(data)) as pdf:
        texts = [_page_texts(page) for page in pdf.pages]
    said = ["".join(text for mcid, text in marked.items() if mcid >= 0) for marked in texts]
    return [re.sub(r"[\s\u00ad]", "", text) for text in said]


def _element(
    item: pikepdf.Object, marked: Marked, numbers: dict[tuple[int, int], int], page: int
) -> Element:
    if "/Pg" in item:
        page = numbers[item.Pg.objgen]
    kids = item.get("/K", pikepdf.Array())
    listed = list(kids) if isinstance(kids, pikepdf.Array) else [kids]
    children, texts = [], []
    for kid in listed:
        if isinstance(kid, int):
            texts.append(marked.get((page, kid), ""))
        elif "/MCID" in kid:
            at = numbers[kid.Pg.objgen] if "/Pg" in kid else page
            texts.append(marked.get((at, int(kid.MCID)), ""))
        elif "/S" in kid:
            child = _element(kid, marked, numbers, page)
            children.append(child)
            texts.append(child.text)
    attributes = list(item.A) if isinstance(item.get("/A"), pikepdf.Array) else []
    of_table = (entry for entry in attributes if str(entry.O) == "/Table")
    table = next(of_table, pikepdf.Dictionary())
    return Element(
        kind=str(item.get("/S", "/Root"))[1:],
        text=str(item.ActualText) if "/ActualText" in item else "".join(texts),
        alternative=str(item.get("/Alt", "")),
        id=str(item.get("/ID", "")),
        scope=str(table.get("/Scope", ""))[1:],
        headers=tuple(str(one) for one in table.get("/Headers", [])),
        children=children,
    )


def _page_texts(page: pikepdf.Page) -> dict[int, str]:
    """Text by marked content id; -1 for artifacts and what is unmarked."""
    maps = {
        name: _unicode_map(font.ToUnicode.read_bytes())
        for name, font in page.obj.Resources.get("/Font", {}).items()
    }
    found: dict[int, str] = {}
    open_marks: list[tuple[int, str | None]] = []
    current: dict[int, str] = {}
    for instruction in pikepdf.parse_content_stream(page):
        operands = list(instruction.operands)
        match str(instruction.operator):
            case "BDC" | "BMC":
                outer = open_marks[-1][0] if open_marks else -1
                mark, actual = _mark(operands, outer)
                open_marks.append((mark, actual))
                if actual is not None:
                    found[mark] = found.get(mark, "") + actual
            case "EMC":
                open_marks.pop()
            case "Tf":
                current = maps[str(operands[0])]
            case "Tj" | "TJ":
                mark = open_marks[-1][0] if open_marks else -1
                if not any(actual is not None for _, actual in open_marks):
                    found[mark] = found.get(mark, "") + _shown(operands[0], current)
    return found


def _mark(operands: list[pikepdf.Object], outer: int) -> tuple[int, str | None]:
    if str(operands[0]) == "/Artifact":
        return -1, None
    properties = operands[1] if len(operands) > 1 else None
    if not isinstance(properties, pikepdf.Dictionary):
        return outer, None
    actual = str(properties.ActualText) if "/ActualText" in properties else None
    return int(properties.get("/MCID", outer)), actual


def _shown(operand: pikepdf.Object, codes: dict[int, str]) -> str:
    strings = operand if isinstance(operand, pikepdf.Array) else [operand]
    text = ""
    for string in strings:
        if isinstance(string, pikepdf.String):
            data = bytes(string)
            pairs = (int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
            text += "".join(codes[code] for code in pairs)
    return text


def _unicode_map(cmap: bytes) -> dict[int, str]:
    """Glyph number → text, from a ToUnicode CMap."""
    source = cmap.decode("ascii")
    codes: dict[int, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", source, re.DOTALL):
        for glyph, text in re.findall(r"<(\w+)>\s*<(\w+)>", block):
            codes[int(glyph, 16)] = bytes.fromhex(text).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", source, re.DOTALL):
        for first, last, text in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            start = int(text, 16)
            for step, glyph in enumerate(range(int(first, 16), int(last, 16) + 1)):
                codes[glyph] = chr(start + step)
    return codes
