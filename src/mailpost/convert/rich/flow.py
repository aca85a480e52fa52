"""Lines and blocks, however a mail program nested them → paragraphs, lists, quotes and tables."""

from collections.abc import Iterator

from lxml import html
from lxml.html import HtmlElement

from mailpost.convert.rich.lines import is_blank
from mailpost.convert.rich.paragraphs import AUTO, INLINE, UNDER, Paragraphs, append, is_empty, is_hollow, is_rtl, move
from mailpost.convert.rich.tables import align, cells, is_data

BLOCKS = frozenset(
    "p div center h1 h2 h3 h4 h5 h6 ul ol dl table blockquote pre hr figure".split()  # noqa: SIM905 - words
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


def to_blocks(tree: HtmlElement, direction: str = AUTO) -> HtmlElement:
    """A new tree of paragraphs and other blocks; the old one is used up."""
    lines = Paragraphs(tree.get("dir") or direction)
    _flow(tree, lines)
    lines.paragraphs()
    return lines.out


def _flow(element: HtmlElement, lines: Paragraphs) -> None:
    before, lines.direction = lines.direction, element.get("dir") or lines.direction
    lines.text(element.text)
    for child in list(element):
        tail, child.tail = child.tail, None
        _place(child, lines)
        lines.text(tail)
    lines.direction = before


def _flow_within(element: HtmlElement, lines: Paragraphs) -> None:
    """An element around blocks: each line gets its part of what it says about its words."""
    if element.tag not in INLINE:
        _flow(element, lines)
        return
    lines.say()
    before = lines.around
    lines.around = (*(outer for outer in before if outer.tag != element.tag), element)
    _flow(element, lines)
    lines.say()
    lines.around = before


def _place(child: HtmlElement, lines: Paragraphs) -> None:
    tag = child.tag
    if tag == "br":
        lines.end_line(always=True)
    elif _is_heading(child):
        heading = _whole(child, lines.direction)
        for outer in lines.around:
            _wrap(heading, outer)
        lines.block(heading)
    elif tag in ("pre", "hr", "figure"):
        lines.block(child if tag == "figure" else _whole(child, lines.direction))
    elif tag in ("ul", "ol", "dl", "blockquote"):
        lines.block(_container(child, lines.direction))
    elif tag == "table" and is_data(child):
        lines.block(_table(child, lines.direction))
    elif tag in ("div", "center"):
        _place_lines(child, lines)
    elif tag in ("p", "table") or tag in HEADINGS:
        _place_paragraphs(child, lines)
    elif tag in ("span", "font") or any(True for _ in child.iter(*BLOCKS)):
        _flow_within(child, lines)
    else:
        _place_inline(child, lines)


def _place_lines(child: HtmlElement, lines: Paragraphs) -> None:
    """A `div` is a line, or several; one that ends with a break says no more than one without."""
    lines.end_line()
    before = len(lines.lines)
    _flow(child, lines)
    lines.say()
    blank = len(lines.lines) > before and lines.lines[-1] is None and not is_empty(lines.line)
    lines.end_line(always=blank)


def _place_paragraphs(child: HtmlElement, lines: Paragraphs) -> None:
    lines.paragraphs()
    for cell in cells(child) if child.tag == "table" else [child]:
        if not is_empty(cell):
            _flow(cell, lines)
        lines.paragraphs(together=child.tag == "p")
    lines.near = False
    if child.get("class") == UNDER and len(lines.out):
        lines.out[-1].set("class", UNDER)


def _place_inline(child: HtmlElement, lines: Paragraphs) -> None:
    for inner in list(child.iterdescendants()):
        if inner.tag in ("span", "font") or any(outer.tag == inner.tag for outer in _between(inner, child)):
            inner.drop_tag()  # bold inside of bold is bold
    first, *more = _at_breaks(child)
    lines.inline(first)
    for part in more:
        lines.end_line(always=True)
        lines.inline(part)


def _between(inner: HtmlElement, outer: HtmlElement) -> Iterator[HtmlElement]:
    """The elements around an inner one, up to and with an outer one."""
    for around in inner.iterancestors():
        yield around
        if around is outer:
            return


def _at_breaks(element: HtmlElement) -> list[HtmlElement]:
    """An inline element that goes over several lines, as one for each line."""
    if element.tag == "br" or not any(True for _ in element.iter("br")):
        return [element]
    parts = [html.Element(element.tag, dict(element.attrib))]
    parts[0].text = element.text
    for child in list(element):
        tail, child.tail = child.tail, None
        for n, piece in enumerate([None, None] if child.tag == "br" else _at_breaks(child)):
            if n:
                parts.append(html.Element(element.tag, dict(element.attrib)))
            if piece is not None:
                parts[-1].append(piece)
        append(parts[-1], tail or "")
    return parts


def _is_heading(element: HtmlElement) -> bool:
    """A heading of words; one around a picture or a list was meant for its letters only."""
    return (
        element.tag in HEADINGS
        and not is_blank("".join(element.itertext()))
        and not any(True for _ in element.iter(*(BLOCKS - HEADINGS - {"p", "div", "center"})))
    )


def _whole(element: HtmlElement, direction: str) -> HtmlElement:
    rtl = is_rtl(element, element.get("dir") or (direction if element.tag in HEADINGS else ""))
    element.attrib.clear()
    if rtl:
        element.set("dir", "rtl")
    if element.tag == "h1":  # the title of the post is the only one
        element.tag = "h2"
    for inner in list(element.iter("span", "font", "div", "p", "center", *(HEADINGS - {element.tag}))):
        if element.tag == "pre" and inner.tag in ("div", "p"):
            inner.tail = "\n" + (inner.tail or "")
        inner.drop_tag()
    return element


def _container(element: HtmlElement, direction: str) -> HtmlElement:
    """A list or quote: each item's content is itself lines and blocks; a single paragraph in an item needs no `p`."""
    direction = element.get("dir") or direction
    if element.tag == "blockquote":
        inside = to_blocks(element, direction)
        inside.tag = "blockquote"
        if len(inside) and inside[0].get("dir") == "rtl":
            inside.set("dir", "rtl")
        return inside
    said = {k: v for k, v in element.attrib.items() if k in ("start", "reversed", "type") and (k, v) != ("start", "1")}
    result = html.Element(element.tag, said)
    stray = html.Element("dd" if element.tag == "dl" else "li")
    stray.text = element.text
    for child in [stray, *element]:
        tail, child.tail = child.tail, None
        if child.tag in ("ul", "ol") and len(result):
            result[-1].append(_container(child, direction))
        else:
            _add_item(result, child if child.tag in ("li", "dt", "dd") else _wrapped(child, stray.tag), direction)
        if not is_blank(tail or ""):
            _add_item(result, _wrapped(None, stray.tag, tail), direction)
    if len(result) and result[0].get("dir") == "rtl":
        result.set("dir", "rtl")  # for its bullets
    return result


def _add_item(items: HtmlElement, source: HtmlElement, direction: str) -> None:
    inside = to_blocks(source, direction)
    item = html.Element(source.tag)
    if sum(1 for e in inside if e.tag == "p") == 1 and inside[0].tag == "p":
        if inside[0].get("dir"):
            item.set("dir", inside[0].get("dir"))
        inside[0].drop_tag()
    move(inside, item)
    if not is_hollow(item):
        items.append(item)


def _wrapped(child: HtmlElement | None, tag: str, text: str | None = None) -> HtmlElement:
    holder = html.Element(tag)
    holder.text = text
    holder.extend([] if child is None else [child])
    return holder


def _table(table: HtmlElement, direction: str) -> HtmlElement:
    """A table of data whose cells hold words and line breaks."""
    rtl = is_rtl(table, table.get("dir") or direction)
    table.attrib.clear()
    if rtl:
        table.set("dir", "rtl")
    for cell in list(table.iter("td", "th", "caption")):
        inside = to_blocks(cell)
        cell.text = None
        for child in list(cell):
            cell.remove(child)
        if all(block.tag == "p" for block in inside):
            for n, line in enumerate(list(inside)):
                cell.extend([html.Element("br")] if n else [])
                move(line, cell)
        else:
            move(inside, cell)
    align(table)
    return table


def _wrap(element: HtmlElement, outer: HtmlElement) -> None:
    """Put what is inside of an element into a part of another one."""
    part = html.Element(outer.tag, dict(outer.attrib))
    move(element, part)
    element.text = None
    element.append(part)
