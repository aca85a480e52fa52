"""Html of any origin → html a stranger's browser may be given.

Two sanitisers of different make must agree: nh3 first, which is fast and keeps text that bleach would lose, then
bleach, then nh3 again, which must not find anything to change. What they cannot agree on becomes escaped text.
"""

import html
import re
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

import nh3
from bleach.sanitizer import Cleaner

from mailpost.post import MEDIA, SafeHtml

SIZE = 512 * 1024
TAGS_MAX = 20_000
DEPTH = 64
NESTED = 150  # libxml2 drops what is deeper than 256, and our own walk needs a few frames for each level
TAG_BYTES = 16 * 1024

TEXT = frozenset(
    "p br hr h2 h3 h4 h5 h6 blockquote pre code kbd samp var em strong b i u s del ins sub sup small mark q cite abbr"  # noqa: SIM905 - words
    " ul ol li dl dt dd a img figure figcaption table caption thead tbody tfoot tr th td span div ruby rt rp bdi bdo wbr".split()
)
OWN = frozenset({"picture", "source", "audio", "video"})
# Gone with everything inside; all other unknown elements leave their children behind.
GONE = frozenset(
    "script style svg math template noscript iframe object frameset noframes noembed xmp plaintext textarea title"  # noqa: SIM905 - words
    " select option button".split()
)
CLASSES = frozenset({"photo", "gallery", "sound", "film", "file", "forward-head", "card", "number"})
LANGUAGE = {"dir", "lang"}
ATTRIBUTES: Mapping[str, set[str]] = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "title", "width", "height", "loading"},
    "ol": {"start", "reversed", "type"},
    "td": {"class", "colspan", "rowspan"},
    "th": {"class", "colspan", "rowspan", "scope"},
    "source": {"srcset", "type", "sizes"},
    "audio": {"src", "controls", "preload"},
    "video": {"src", "controls", "preload", "poster", "width", "height"},
    **{tag: {"class"} for tag in ("figure", "div", "p")},
}
VALUES: Mapping[str, re.Pattern[str]] = {
    "colspan": re.compile(r"[1-9]\d?"),
    "rowspan": re.compile(r"[1-9]\d?"),
    "width": re.compile(r"[1-9]\d{0,4}"),
    "height": re.compile(r"[1-9]\d{0,4}"),
    "start": re.compile(r"-?\d{1,6}"),
    "reversed": re.compile(r""),
    "controls": re.compile(r""),
    "type": re.compile(r"[1aAiI]|image/webp|image/jpeg|image/png"),
    "scope": re.compile(r"(row|col)(group)?"),
    "loading": re.compile(r"lazy"),
    "preload": re.compile(r"none|metadata"),
    "dir": re.compile(r"ltr|rtl|auto"),
    "lang": re.compile(r"[A-Za-z0-9-]{1,35}"),
    "sizes": re.compile(r"[a-z0-9 .,():-]{1,80}"),
}
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)([^>]*)>")
VOID = frozenset({"br", "hr", "img", "wbr", "source"})
# Characters that XML 1.0 forbids, and lone surrogates: one of them in a title would stop the feed of a whole blog. And
# the second set of controls, which terminals obey.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
NEXT_LINE = "\x85"
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
HIDDEN = re.compile("[\x00-\x20\x7f-\xa0\u2000-\u200f\u2028-\u202f\u2060-\u206f\ufeff\\\\]")


class TooMuch(Exception):
    """This html is larger or deeper than the sanitisers can be trusted with in bounded time."""


def xml_text(text: str) -> str:
    """Text that every page, feed and log can carry."""
    return UNWRITABLE.sub("", text).replace(NEXT_LINE, "\n")


def one_line(text: str) -> str:
    """A title or a name: on one line, and without signs that would turn around whatever stands behind it."""
    return " ".join(TURNING.sub("", xml_text(text)).split())


def wash(content: str) -> str:
    """Html of a mail → well-formed html without anything active, for the quirks to look at. Not yet safe to publish."""
    content = xml_text(content)
    limit(content)
    marks = {"class", "id", "style", "dir", "lang"}
    cleaned = nh3.clean(
        content,
        tags=set(TEXT | {"h1", "font", "center"}),
        clean_content_tags=set(GONE),
        attributes={"*": marks, "a": {"href", "title"}, "img": ATTRIBUTES["img"] - {"loading"}, "blockquote": {"type"}}
        | {tag: ATTRIBUTES[tag] - {"class"} for tag in ("td", "th", "ol", "abbr")}
        | {"table": {"border"}},  # by which a program says that its author has drawn it
        url_schemes={"http", "https", "mailto", "cid"},
        link_rel=None,
        strip_comments=True,
    )
    washed = xml_text(cleaned)  # again, for what was written as &#155;
    limit(washed, depth=NESTED)
    return washed


def sanitise(content: str, media: Collection[str]) -> SafeHtml | None:
    """Return html that both sanitisers accept, or None where they do not agree.

    `media` are the paths of the post's own files; nothing else may be shown or played.
    """
    content = xml_text(content)
    limit(content)
    allowed = frozenset(media)
    once = _nh3(content, allowed)
    limit(once)
    for _ in range(2):
        twice = _bleach(once, allowed)
        once = _nh3(twice, allowed)
        if once == twice:
            return SafeHtml(once)
    return None


def escaped(text: str) -> SafeHtml:
    """Text as the plainest html there is: what is left when nothing else can be trusted."""
    paragraphs = [html.escape(p.strip(), quote=False) for p in re.split(r"\n\s*\n", xml_text(text)) if p.strip()]
    return SafeHtml("".join("<p>" + p.replace("\n", "<br>") + "</p>" for p in paragraphs))


def limit(content: str, depth: int = DEPTH * 16) -> None:
    """Raise `TooMuch` for what costs either sanitiser quadratic time; itself linear.

    Mail leaves paragraphs and list items open, which counts as depth here and is none; hence the generous default.
    """
    if len(content) > SIZE or content.count("<") > 2 * TAGS_MAX:
        raise TooMuch
    now = 0
    for match in TAG.finditer(content):
        if len(match[3]) > TAG_BYTES or match[3].count("=") > DEPTH:
            raise TooMuch
        if match[1]:
            now = max(0, now - 1)
        elif match[2].lower() not in VOID and not match[3].endswith("/"):
            now += 1
            if now > depth:
                raise TooMuch


def link(value: str) -> str | None:
    """An absolute address that is what it looks like, or None."""
    value = value.strip()
    if len(value) > 2048 or HIDDEN.search(value):
        return None
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme.lower() == "mailto":
        address = parts.path.partition(",")[0]
        return f"mailto:{address}" if re.fullmatch(r"[^@\s]+@[^@\s]+", address) else None
    if parts.scheme.lower() not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    return value


def _keep(media: frozenset[str], tag: str, name: str, value: str) -> str | None:
    """What becomes of one attribute: kept, rewritten or dropped."""
    own = value.startswith(MEDIA) and value[len(MEDIA) :] in media
    if tag == "a" and name == "href":
        return value if own else link(value)
    if name in ("src", "poster"):
        return value if own else None
    if name == "srcset":
        files = [candidate.split()[0] for candidate in value.split(",") if candidate.strip()]
        return value if files and all(f.startswith(MEDIA) and f[len(MEDIA) :] in media for f in files) else None
    if name == "class":
        return value if value in CLASSES else None
    if name in VALUES:
        return value if VALUES[name].fullmatch(value) else None
    return value


def _nh3(content: str, media: frozenset[str]) -> str:
    cleaned = nh3.clean(
        content,
        tags=set(TEXT | OWN),
        clean_content_tags=set(GONE),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()} | {"*": set(LANGUAGE)},
        attribute_filter=lambda tag, name, value: _keep(media, tag, name, value),
        url_schemes={"http", "https", "mailto", MEDIA.rstrip(":")},
        link_rel="nofollow noopener noreferrer",
        strip_comments=True,
    )
    return xml_text(cleaned)


def _bleach(content: str, media: frozenset[str]) -> str:
    def allowed(tag: str, name: str, value: str) -> bool:
        if tag == "a" and name == "rel":
            return value == "nofollow noopener noreferrer"
        known = name in LANGUAGE or name in ATTRIBUTES.get(tag, ())
        return known and _keep(media, tag, name, value) == value

    # One Cleaner a call: a shared one mixes the texts of different documents.
    cleaner = Cleaner(
        tags=TEXT | OWN,
        attributes=allowed,
        protocols={"http", "https", "mailto", MEDIA.rstrip(":")},
        strip=True,
        strip_comments=True,
    )
    cleaner.serializer.minimize_boolean_attributes = False  # as nh3 writes them
    return str(cleaner.clean(content))
