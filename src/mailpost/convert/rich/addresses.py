"""Other people's addresses, and where links lead."""

from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from mailpost.convert.rich.lines import Line, Piece
from mailpost.convert.trim.introductions import ADDRESS


def target(line: Line) -> str:
    """Where the links of a line lead, as plain text would have it."""
    return "".join(f" <{href}>" for element, _, _, _ in line.pieces[-1:] if (href := element.get("href")))


def with_addresses(line: Line) -> str:
    """A line with the addresses that stand behind its names."""
    links = {link for element, _, _, _ in line.pieces for link in (element, *element.iterancestors("a"))}
    behind = [link.get("href")[7:] for link in links if _is_mailto(link)]
    return " ".join([line.text, *behind])


def _is_mailto(link: HtmlElement) -> bool:
    return (link.get("href") or "").lower().startswith("mailto:")


def addresses(line: Line) -> Iterator[Piece]:
    """Where other people's addresses stand, with the brackets around them and the space before."""
    said = line.said
    ranges = []
    for match in ADDRESS.finditer(said):
        start, end = match.span()
        if said[max(0, start - 1) : start] + said[end : end + 1] in ("()", "[]"):
            start, end = start - 1, end + 1
        ranges.append((start - said[max(0, start - 1) : start].isspace(), end))
    return line.parts(ranges)


def unlink(tree: HtmlElement, lines: Sequence[Line]) -> None:
    """Links to write to people are text."""
    inside = {element if at == "text" else element.getparent() for line in lines for element, at, _, _ in line.pieces}
    for link in list(tree.iter("a")):
        if _is_mailto(link) and not inside.isdisjoint(link.iter()):
            link.drop_tag()
