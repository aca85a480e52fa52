"""Which tables of a mail are tables."""

import re
from collections.abc import Sequence

from lxml.html import HtmlElement

CELL, ROWS = 300, 2  # the characters of the longest cell, and the fewest rows and columns, of a table of data
NUMBERS = "number"  # the class of their cells
PICTURE = "\ufffc"  # stands for a picture among words
NUMBER = re.compile(
    r"[-+±~≈<>\u2212\u2013]?\s?(?:[$£¥€]|[A-Z]{3})?\s?\d[\d.,:'’\s]{0,24}(?:[%‰€$£¥]|°[CF]?|[A-Za-zµ]{1,3}[²³]?)?"
)
NONE = frozenset({"", "-", "–", "—"})  # what stands where no number is
DRAWN = re.compile(r"[1-9]\d?")
LINE = re.compile(
    r"(?<![\w-])border(?:-(?:top|left|bottom|right|style))?\s*:[^;]{0,40}\b(?:solid|dotted|double)", re.IGNORECASE
)


def is_data(table: HtmlElement) -> bool:
    """Rows and columns of short cells; anything else was laid out with a table because mail programs have no better way.

    Where its author has drawn lines around the cells, it is a table whatever stands in them.
    """
    if table.get("role") == "presentation" or next(table.iterdescendants("table"), None) is not None:
        return False
    rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]
    said = [["".join(cell.itertext()).strip() or PICTURE * _has_picture(cell) for cell in row] for row in rows]
    said = [row for row in said if any(row)]
    filled = sum(sum(1 for cell in row if cell) >= ROWS for row in said)
    widths = _widths(rows)
    if len(said) < ROWS or filled * 2 < len(said) or (len(widths) > 1 and next(table.iter("th"), None) is None):
        return False
    drawn = sum(LINE.search(cell.get("style") or "") is not None for row in rows for cell in row)
    if DRAWN.fullmatch(table.get("border") or ""):
        return True
    plain = not _has_picture(table) and next(table.iterdescendants("h1", "h2", "h3", "ul", "ol"), None) is None
    return drawn * 2 > sum(map(len, rows)) or (plain and all(len(cell) < CELL for row in said for cell in row))


def align(table: HtmlElement) -> None:
    """Say which columns are of numbers, below their first row: they end at one line."""
    rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]
    for cell in (cell for row in rows for cell in row):
        for name in ("class", "style"):
            cell.attrib.pop(name, None)
    if any(_span(cell, name) > 1 for row in rows for cell in row for name in ("colspan", "rowspan")):
        return
    columns: dict[int, list[HtmlElement]] = {}
    for row in rows[1:]:
        for n, cell in enumerate(row):
            columns.setdefault(n, []).append(cell)
    for n, column in columns.items():
        if is_numbers(["".join(cell.itertext()) for cell in column]):
            for cell in (*rows[0][n : n + 1], *column):
                cell.set("class", NUMBERS)


def is_numbers(words: Sequence[str]) -> bool:
    """Are these amounts, times or shares, with their units? Some may be left out."""
    said = [word for word in map(str.strip, words) if word not in NONE]
    return bool(said) and all(NUMBER.fullmatch(word) for word in said)


def _widths(rows: Sequence[Sequence[HtmlElement]]) -> set[int]:
    """How many columns the rows have; a cell that is several rows high counts in each of them."""
    widths = set()
    high: list[tuple[int, int]] = []  # columns, and rows still to come
    for row in rows:
        high = [(columns, height - 1) for columns, height in high if height]
        widths |= {sum(columns for columns, _ in high) + sum(_span(cell, "colspan") for cell in row)} if row else set()
        high += [(_span(cell, "colspan"), _span(cell, "rowspan") - 1) for cell in row if cell.get("rowspan")]
    return widths


def _has_picture(cell: HtmlElement) -> bool:
    return next(cell.iterdescendants("figure"), None) is not None


def _span(cell: HtmlElement, name: str) -> int:
    said = cell.get(name) or "1"
    return int(said) if said.isdecimal() and len(said) < 3 else 1


def cells(table: HtmlElement) -> list[HtmlElement]:
    """The outermost cells of a layout table, in reading order."""
    found = []
    for child in table:
        if child.tag in ("td", "th", "caption"):
            found.append(child)
        elif child.tag in ("tbody", "thead", "tfoot", "tr"):
            found += cells(child)
    return found
