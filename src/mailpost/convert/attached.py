"""The files of a mail: each is prepared once and shown once, where the author put it."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from urllib.parse import quote, unquote, urljoin

from lxml import html
from lxml.html import HtmlElement

from mailpost.attachment import Attachment, Kind
from mailpost.convert import figures
from mailpost.convert.remote import Web, said
from mailpost.media import Prepared, Studio, prepare
from mailpost.media.made import LeftOut
from mailpost.message import File

FILES = 50
LOOKED_AT = 200  # of which most may be of no use

Hide = Callable[[str], str]


class Attached:
    """What came with a mail besides its text. `warnings` says what of it is not published, and why."""

    def __init__(self, files: Iterable[File], hide: Hide, studio: Studio | None = None) -> None:
        self.warnings: list[str] = []
        self._known: dict[str, Prepared] = {}
        self._by_name: dict[str, str] = {}
        self._shown: dict[str, Prepared] = {}
        self._unwanted: set[str] = set()
        self._hide = hide
        self._web = Web(studio or Studio(), self._say)
        for number, file in enumerate(files):
            if _key(file) not in self._known:
                self._take(file, hide, studio, many=number >= LOOKED_AT)
        self.warnings = [hide(warning) for warning in self.warnings]

    def _take(self, file: File, hide: Hide, studio: Studio | None, *, many: bool) -> None:
        if many or len(self._known) >= FILES:
            self._say(f"more than {FILES} files: the rest was left out")
            return
        try:
            prepared = prepare(replace(file, name=hide(file.name)), studio)
        except LeftOut as problem:
            self._say(str(problem))
            return
        for note in prepared.notes:
            self._say(note)
        self._keep(_key(file), prepared)
        for name in (file.content_id, _address(file.location)):
            if name:
                self._by_name[f"cid:{name}".lower()] = _key(file)
        if file.name and not file.content_id:  # which gateways take away
            self._by_name.setdefault(f"cid:{file.name}".lower(), _key(file))

    def _keep(self, key: str, prepared: Prepared) -> None:
        caption = " ".join(self._hide(prepared.attachment.caption).split())
        self._known[key] = replace(prepared, attachment=replace(prepared.attachment, caption=caption))

    def _say(self, warning: str) -> None:
        if warning not in self.warnings:
            self.warnings.append(warning)

    def locate(self, tree: HtmlElement, base: str) -> None:
        """Pictures that html asks for by Content-Location (RFC 2557) or file name are from then on asked for by `cid:`."""
        for image in tree.iter("img"):
            source = image.get("src") or ""
            asked = unquote(source).lower()
            if asked in self._by_name:
                continue
            alone = "" if "://" in asked else asked.removeprefix("cid:").partition("@")[0].rpartition("/")[2]
            names = (_address(source, base), _address(source), alone)
            name = next((name for name in names if f"cid:{name}".lower() in self._by_name), "")
            if name:
                image.set("src", f"cid:{quote(name)}")
        self._web.claim(tree)

    def picture(self, image: HtmlElement) -> HtmlElement | None:
        """A picture that came with the mail stays where it was, once; all others would tell a stranger who reads."""
        source = unquote(image.get("src") or "").lower()
        key = self._by_name.get(source) or self._from_web(source)
        if not key:
            return self._web.instead(image, source)
        attachment = self._show(key)
        if attachment is None:
            return None
        return html.fragment_fromstring(figures.show(attachment, alternative=said(image, attachment.name)))

    def _from_web(self, name: str) -> str:
        """The key of a picture that had to be fetched, or nothing."""
        prepared = self._web.fetch(name)
        if prepared is None:
            return ""
        self._keep(name, prepared)
        return name

    def rest(self, file: File) -> HtmlElement | None:
        """A file that no text has asked for, in its place among the parts."""
        if _key(file) in self._unwanted:
            return None
        attachment = self._show(_key(file))
        return None if attachment is None else html.fragment_fromstring(figures.show(attachment))

    def forget(self, names: Collection[str]) -> None:
        """Pictures of a signature or a quote that was cut went with it."""
        self._unwanted |= {self._by_name[name] for name in (f"cid:{n}".lower() for n in names) if name in self._by_name}

    def cut(self) -> str:
        """What is not shown because the words around it went, by name, a line for each."""
        gone = [self._known[key].attachment for key in self._known if key in self._unwanted]
        shown = {prepared.attachment.main.path for prepared in self._shown.values()}
        return "\n".join(f"[{one.name or one.kind.value}]" for one in gone if one.main.path not in shown)

    def caption(self, path: str, words: str) -> None:
        """The author's own words about a picture count before those that its camera wrote into it."""
        prepared = self._shown[path]
        self._shown[path] = replace(prepared, attachment=replace(prepared.attachment, caption=words))

    def used(self, cover: str = "") -> tuple[Prepared, ...]:
        """What is shown, in the order of the post. The `cover`, a photo's number or file name, comes first."""
        photos = [p for p in self._shown.values() if p.attachment.kind is Kind.PHOTO]
        chosen = [p for n, p in enumerate(photos, 1) if cover and cover.lower() in (str(n), p.attachment.name.lower())]
        if cover and not chosen:
            self._say(f"cover: there is no photo “{cover}” in this mail")
        return (*chosen[:1], *(p for p in self._shown.values() if p not in chosen[:1]))

    def _show(self, key: str) -> Attachment | None:
        prepared = self._known.get(key)
        if prepared is None or prepared.attachment.main.path in self._shown:
            return None
        self._shown[prepared.attachment.main.path] = prepared
        return prepared.attachment


def _address(said: str, base: str = "") -> str:
    """An address as it is compared: whole where it can be, without escapes."""
    try:
        return unquote(urljoin(urljoin("http://relative.invalid/", base), said)) if said else ""
    except ValueError:  # "http://["
        return ""


def _key(file: File) -> str:
    """The same bytes twice in one mail are one file, unless the html asks for them by two names."""
    return f"{file.content_id}\0{hash(file.content)}"
