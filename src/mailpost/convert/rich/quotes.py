"""Quotes, signatures and footers in html: cut from the end backwards, by marks of programs and by what lines say.

Cutting the author's own words is a failure, leaving a quote is a blemish. So a quote goes only where something
introduces it as another mail and nothing of the author follows, and what is cut is returned.
"""

from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from lxml.html import HtmlElement

from mailpost.convert import trim
from mailpost.convert.rich import forwards
from mailpost.convert.rich.addresses import masked, target, unlink, with_addresses
from mailpost.convert.rich.lines import Line, content_ids, erase, read_lines
from mailpost.convert.rich.roles import Role, is_box, role_of
from mailpost.convert.trim.footers import before_footers
from mailpost.convert.trim.introductions import ADDRESS, DATE, is_certain, label

SIGNATURE_LINES = 12
SIGNATURE_WIDTH = 80
WRITTEN_LINES, WRITTEN_WIDTH = 25, 400  # a longer signature holds what its author has written there
HEADER_LINES = 12
INTRODUCTION_LINES = 4
PICTURE = "\ufffc"  # stands for a picture among words
LOGO = (250, 120)  # pixels; what is larger may be a photo that was put below a signature


@dataclass(frozen=True, slots=True)
class Cut:
    """The text of what was cut, the content ids of the pictures in it, and what the author should hear about it."""

    text: str = ""
    pictures: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()


def cut(tree: HtmlElement, *, forward: bool, whole: bool = False, alone: bool = False, title: str = "") -> Cut:
    """Take out of a tree what a program added to it, and other people's addresses from a forward.

    `whole` leaves everything else in; `alone` says that nothing else came with the mail, so that something has to stay.
    In place of the header of a forwarded mail stands a `forwards.head`, which need not say the `title` again.
    """
    mail = _Mail(tree)
    start = mail.forwarded_from(sure=forward)
    everything = list(range(len(mail.lines)))
    kept = mail.own_words() if start is None else mail.with_forward(start)
    if alone and mail.is_empty(kept):
        kept = mail.before(len(mail.lines), quotes=False)
    if whole or (alone and mail.is_empty(kept)):
        kept = everything
    keep = set(kept)
    head, header = (trim.Head(), range(0)) if whole or start is None or start not in keep else mail.header(start, title)
    gone = [n for n in everything if n not in keep]
    gone = [] if mail.is_empty(gone) else gone
    others = [mail.lines[n] for n in mail.of_others([n for n in kept if n not in header], start, header)]
    others = others or [mail.lines[n] for n in kept if start is not None and not header]
    if header:
        forwards.put_behind(mail.lines[header[-1]], forwards.head(head.text, quoted=mail.lines[header[-1]].depth > 0))
    _take_out(tree, [mail.lines[n] for n in gone], [mail.lines[n] for n in header], others)
    said = [mail.lines[n].text for n in gone]
    said[bisect(gone, header.start) : 0] = head.dropped
    pictures = content_ids(mail.lines[n] for n in gone) - content_ids(mail.lines[n] for n in kept)
    warnings = () if whole else mail.doubts(kept, forward=start is not None)
    return Cut("\n".join(filter(None, said)), pictures, warnings)


def _take_out(tree: HtmlElement, gone: Sequence[Line], header: Sequence[Line], others: Sequence[Line]) -> None:
    """Erase lines, a header but not its pictures, and the addresses of others."""
    pieces = [piece for line in (*gone, *header) for piece in line.pieces]
    elements = [element for line in (*gone, *header) for element in line.others]
    elements += [picture for line in gone for picture in line.pictures]
    for parts, beside in masked(others):
        pieces += parts
        elements += beside
    erase(tree, pieces, elements)
    unlink(tree, others)


class _Mail:
    """The lines of a mail, and what programs say of them. All methods speak of lines by their number."""

    def __init__(self, tree: HtmlElement) -> None:
        roles = {element: role for element in tree.iter() if (role := role_of(element)) is not None}
        boxes = {element for element in tree.iter() if is_box(element)}
        self.page = read_lines(tree, roles, boxes)
        self.lines = self.page.lines
        self.texts = [line.text or PICTURE * bool(line.pictures) for line in self.lines]
        self.cited = {n for element, role in roles.items() if role is Role.CITED for n in self.page.spans[element]}
        self.signed = {n for element, role in roles.items() if role is Role.SIGNATURE for n in self.page.spans[element]}
        self.certain = set(self._certain(roles))
        self.linked = [text + target(line) for text, line in zip(self.texts, self.lines, strict=True)]
        within = (n for n, text in enumerate(self.texts) if trim.answers_inside(text) and not self.is_quoted(n))
        self.answered_within = next(within, len(self.lines))
        self.rest = min(
            (self.page.spans[element].start for element, role in roles.items() if role is Role.REST),
            default=len(self.lines),
        )
        self.other_mail = self._other_mail()

    def _certain(self, roles: Mapping[HtmlElement, Role]) -> Iterator[int]:
        """The lines that a program itself calls another mail, with those that introduce it."""
        for element, role in roles.items():
            span = self.page.spans[element]
            if role is Role.QUOTE:
                yield from span
            elif role is Role.REPLY:
                quoted = [n for n in span if self.lines[n].depth]
                yield from self._above(quoted[0] if quoted else span.start, span.start)
                yield from quoted
            elif role is Role.INTRODUCTION:
                yield from self._above(span.stop, span.start)

    def _above(self, end: int, start: int) -> list[int]:
        """The lines from `start` to `end` that introduce a quote below; authors write into such an element too."""
        said = [n for n in range(start, end) if not self.lines[n].blank][-INTRODUCTION_LINES:]
        below = next((line for line in self.lines[end:] if not line.blank), None)
        if not said or below is None or not below.depth:
            return []
        for first in reversed(said):
            if trim.is_attribution(self._said(first, end)):
                return list(range(first, end))
        return list(range(said[-1], end)) if self._said(said[-1], end).endswith((":", "：")) else []

    def is_empty(self, numbers: Iterable[int]) -> bool:
        return all(self.lines[n].blank for n in numbers)

    def is_quoted(self, n: int) -> bool:
        line = self.lines[n]
        return line.depth > 0 or n in self.certain or line.text.startswith(">")

    def of_others(self, kept: Sequence[int], start: int | None, header: range) -> Iterator[int]:
        """The lines that other people wrote, or programs of them; `start` and `header` are those of a forwarded mail.

        Where the header is quoted, so is all of that mail.
        """
        head = 0
        quoted = header and self.lines[header[-1]].depth
        end = 1 + max(n for n, line in enumerate(self.lines) if line.depth) if quoted else len(self.lines)
        for n in kept:
            if not self.is_quoted(n) and n >= head and self._begins_mail(n):
                head = next((m for m in range(n, len(self.lines)) if self.lines[m].blank), len(self.lines))
            forwarded = start is not None and start <= n < end
            if forwarded or n < head or self.is_quoted(n) or trim.is_attribution(self.texts[n]):
                yield n

    def own_words(self) -> list[int]:
        """All lines but other mails, signatures and footers."""
        kept = self.before(self.other_mail, quotes=True)
        start, stop = trim.footer_above_text([">" * self.is_quoted(n) + self.linked[n] for n in kept])
        return kept[:start] + kept[stop:]

    def doubts(self, kept: Sequence[int], *, forward: bool) -> tuple[str, ...]:
        if forward:
            return ()
        there = set(kept)
        unmarked = [n for n in range(self.other_mail, len(self.lines)) if n not in there and self.lines[n].text]
        stays = [">" * self.is_quoted(n) + self.texts[n] for n in kept]
        return trim.doubts(stays, len(unmarked))

    def with_forward(self, start: int) -> list[int]:
        """The author's words above a forwarded mail, and that mail without the author's signature below."""
        end = len(self.lines)
        while end > start and (self.lines[end - 1].blank or (end - 1 in self.signed and end - 1 not in self.certain)):
            end -= 1
        gap = start
        while gap and self.lines[gap - 1].blank:
            gap -= 1
        kept = self.before(gap, quotes=False)
        return [*kept, *range(gap, end)]

    def forwarded_from(self, *, sure: bool) -> int | None:
        """Where a forwarded mail begins; None in a mail that is no forward, and does not begin as another mail does."""
        for n, line in enumerate(self.lines[: self.other_mail + 1]):
            if trim.is_forward("", line.text) and (not line.depth or self._is_first_quoted(n)):
                return n
        first = next((n for n, line in enumerate(self.lines) if not line.blank), None)
        if first is not None and not self.is_quoted(first) and self._begins_mail(first):
            return first
        if not sure:
            return None
        unmarked = (n for n in range(len(self.lines)) if n == self.rest or self._begins_mail(n))
        begun = next(unmarked, len(self.lines))
        quoted = next((n for n in range(begun) if n in self.certain or n in self.cited), begun)
        introduced = self._introduction(quoted) if quoted in self.cited else None
        return quoted if introduced is None else introduced

    def header(self, start: int, title: str) -> tuple[trim.Head, range]:
        """The head of a forwarded mail, and its lines; none where nothing would be left or none can stand."""
        numbers = [n for n in range(start, min(start + HEADER_LINES * 4, len(self.lines))) if not self._is_between(n)]
        head = trim.head_of([self.texts[n] for n in numbers], title)
        stop = numbers[head.lines - 1] + 1 if head.lines else start
        empty = not head.text and self.is_empty(range(stop, len(self.lines)))
        if not head.lines or empty or not forwards.has_place(self.lines[stop - 1]):
            return trim.Head(), range(0)
        return head, range(start, stop)

    def _is_between(self, n: int) -> bool:
        """Is this nothing but the end of a paragraph, with a line like `From: Ben` below it?"""
        line = self.lines[n]
        return line.blank and not line.others and n + 1 < len(self.lines) and bool(label(self.texts[n + 1])[0])

    def _is_first_quoted(self, n: int) -> bool:
        above = next((m for m in range(n - 1, -1, -1) if not self.lines[m].blank), None)
        return above is None or not self.lines[above].depth

    def _other_mail(self) -> int:
        """Where a mail begins that is not marked as a quote, but by its first lines or by a mark without an end."""
        own: list[str] = []
        for n, line in enumerate(self.lines):
            if own and not self.is_quoted(n) and (n == self.rest or self._begins_mail(n)):
                greeted = len(own) == 1 and trim.is_greeting(own[0])
                return len(self.lines) if greeted or self._announced(n) else n
            own += [] if line.blank else [line.text]
        return len(self.lines)

    def _announced(self, n: int) -> bool:
        """“Look what Ben sent me:” makes the other mail part of what is said, and “my answers below” are in it."""
        last = next((line.text for line in reversed(self.lines[:n]) if not line.blank), "")
        return last.endswith((":", "：")) or self.answered_within < n

    def _begins_mail(self, n: int) -> bool:
        line = self.lines[n]
        if trim.is_original(line.text):
            return True
        head = [with_addresses(said) for said in self.lines[n : n + HEADER_LINES]]
        addressed = any("@" in said for said in head)
        return (line.ruled or addressed) and trim.is_header_block(head)

    def before(self, end: int, *, quotes: bool) -> list[int]:
        """The lines above `end` without what programs add at the end; pictures of the author's stay."""
        cutters = [self._footers, self._signature, self._delimiter]
        cutters += [self._quote] if quotes else []
        pictures: list[int] = []
        at = end
        while True:
            end = at
            while end and (self.lines[end - 1].blank or self._is_photo(end - 1)):
                end -= 1
                if not self.lines[end].blank:
                    pictures.insert(0, end)
            at = min((above for cutter in cutters if end and (above := cutter(end)) is not None), default=end)
            if at == end:
                return [*range(end), *pictures]

    def _is_photo(self, n: int) -> bool:
        """Is this line nothing but pictures that the author may have put below everything else?"""
        line = self.lines[n]
        return (
            not line.text and n not in self.signed and not self.is_quoted(n) and not all(map(_is_logo, line.pictures))
        )

    def _footers(self, end: int) -> int | None:
        at = before_footers(self.linked, end)
        return at if at < end else None

    def _signature(self, end: int) -> int | None:
        """A signature that its program has marked, with the two hyphens above it."""
        start = end
        while start and not self.is_quoted(start - 1) and (start - 1 in self.signed or self.lines[start - 1].blank):
            start -= 1
        said = [self.lines[n].text for n in range(start, end) if n in self.signed]
        if not said or len(list(filter(None, said))) > WRITTEN_LINES or max(map(len, said)) > WRITTEN_WIDTH:
            return None
        return start - 1 if start and self.lines[start - 1].text == "--" else start

    def _delimiter(self, end: int) -> int | None:
        """Two hyphens and a space (RFC 3676, section 4.3); authors too write two hyphens, but no space behind them."""
        below: list[str] = []
        for n in range(end - 1, -1, -1):
            line = self.lines[n]
            if line.text == "--":
                exact = line.said.lstrip().endswith((" ", "\xa0"))
                alone = len(below) <= SIGNATURE_LINES / 2 and max(map(len, below), default=0) <= SIGNATURE_WIDTH
                return n if exact or (alone and sum(other.text == "--" for other in self.lines) == 1) else None
            below += [line.text] if line.text else []
            if len(below) > SIGNATURE_LINES or self.is_quoted(n):
                return None
        return None

    def _quote(self, end: int) -> int | None:
        """The quote that ends here, from the line on that introduces it."""
        start = end
        while start and (self.is_quoted(start - 1) or self.lines[start - 1].blank):
            start -= 1
        start = next((n for n in range(start, end) if not self.lines[n].blank), end)
        if start == end:
            return None
        certain = next((n for n in range(start, end) if n in self.certain), None)
        introduced = self._introduction(start) if certain is None else certain
        if introduced is not None and self._announced(introduced):
            return None
        if introduced is None and start in self.cited:
            starts = (n for n in range(1, start) if self.is_quoted(n) and not self.is_quoted(n - 1))
            return start if any(self._introduction(n) is not None for n in starts) else None
        return introduced

    def _introduction(self, start: int) -> int | None:
        """Where the introduction of a quote begins: “On … wrote:” above it, on up to three lines, or inside it."""
        last = next((n for n in range(start - 1, -1, -1) if not self.lines[n].blank), -1)
        above = list(
            takewhile(lambda n: not self.lines[n].blank and not self.is_quoted(n), range(last, max(-1, last - 3), -1))
        )
        found = [n for n in above if _introduces(self._said(n, start), weak=start in self.cited)]
        if found:
            return next((n for n in found if DATE.search(self._said(n, start))), found[0])
        if start in self.certain:
            return start
        head = [text.lstrip("> ") for text in self.texts[start : start + HEADER_LINES]]
        inside = any(trim.is_attribution(" ".join(head[:height])) for height in (1, 2))
        return start if inside or trim.is_header_block(head) else None

    def _said(self, start: int, end: int) -> str:
        return " ".join(line.text for line in self.lines[start:end] if line.text)


def _introduces(text: str, *, weak: bool) -> bool:
    """Is this what a program writes above a quote? An author introduces a quote from a book without time and address."""
    addressed = text.endswith(":") and ADDRESS.search(text) is not None
    return (trim.is_attribution(text) or addressed) if weak else is_certain(text)


def _is_logo(picture: HtmlElement) -> bool:
    """Is it drawn as small as no photo is?"""
    sizes = zip((picture.get("width"), picture.get("height")), LOGO, strict=True)
    return any(said is not None and said.isdecimal() and int(said) <= most for said, most in sizes)
