"""Which tables of a mail are tables."""

from lxml.html import HtmlElement

CELL, ROWS = 300, 2  # the characters of the longest cell, and the fewest rows and columns, of a table of data


def is_data(table: HtmlElement) -> bool:
    """Rows and columns of short cells; anything else was laid out with a table because mail programs have no better way."""
    if table.get("role") == "presentation" or any(
        True for _ in table.iterdescendants("table", "figure", "h1", "h2", "h3", "ul", "ol")
    ):
        return False
    rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]
    said = [["".join(cell.itertext()).strip() for cell in row] for row in rows]
    said = [row for row in said if any(row)]
    filled = sum(sum(1 for cell in row if cell) >= ROWS for row in said)
    widths = {sum(_span(cell) for cell in row) for row in rows if row}
    return (
        len(said) >= ROWS
        and filled * 2 >= len(said)
        and (len(widths) == 1 or any(True for _ in table.iter("th")))
        and all(len(cell) < CELL for row in said for cell in row)
    )


def _span(cell: HtmlElement) -> int:
    said = cell.get("colspan") or "1"
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
