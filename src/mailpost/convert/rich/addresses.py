"""Other people's addresses, and where links lead."""

from collections.abc import Iterable, Iterator, Sequence

from lxml.html import HtmlElement

from mailpost.convert.rich.lines import Line, Piece
from mailpost.convert.trim.mask import LEFT_OUT, is_all, places


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
    """Text and elements that go with other people's addresses: the whole of a line that said nothing else.

    What stands in place of an address is written over its first letters, so that all else stays where it is.
    """
    for line in lines:
        said = line.said
        gaps = places(said)
        begins = {piece[:3] for piece in line.parts((start, start + 1) for start, _, instead in gaps if instead)}
        gone = line.parts((start, end) for start, end, _ in gaps)
        parts = [_overwritten(piece) if piece[:3] in begins else piece for piece in gone]
        yield parts, line.others if is_all(said, gaps) else []


def _overwritten(piece: Piece) -> Piece:
    """What is left to take out of a piece whose first letters are replaced."""
    element, at, start, stop = piece
    instead = LEFT_OUT if stop - start >= len(LEFT_OUT) else "…"
    text = getattr(element, at)
    setattr(element, at, text[:start] + instead + text[start + len(instead) :])
    return element, at, start + len(instead), stop


def unlink(tree: HtmlElement, lines: Sequence[Line]) -> None:
    """Links to write to people are text."""
    inside = {element if at == "text" else element.getparent() for line in lines for element, at, _, _ in line.pieces}
    for link in list(tree.iter("a")):
        if _is_mailto(link) and not inside.isdisjoint(link.iter()):
            link.drop_tag()
