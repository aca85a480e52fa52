"""Other people's addresses, and where links lead."""

from collections.abc import Iterable, Iterator, Sequence

from lxml.html import HtmlElement

from mailpost.convert.rich.lines import Line, Piece
from mailpost.convert.trim.mask import places


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


def masked(lines: Iterable[Line]) -> Iterator[tuple[list[Piece], list[HtmlElement]]]:
    """Text and elements that go with other people's addresses: the whole of a line that said nothing else."""
    for line in lines:
        gone = places(line.said)
        yield list(line.parts(gone)), line.others if gone == [(0, len(line.said))] else []


def unlink(tree: HtmlElement, lines: Sequence[Line]) -> None:
    """Links to write to people are text."""
    inside = {element if at == "text" else element.getparent() for line in lines for element, at, _, _ in line.pieces}
    for link in list(tree.iter("a")):
        if _is_mailto(link) and not inside.isdisjoint(link.iter()):
            link.drop_tag()
