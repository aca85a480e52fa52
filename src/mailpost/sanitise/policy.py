"""What a post may consist of: elements, attributes and their values."""

import re
from collections.abc import Collection, Mapping

from mailpost.post import MEDIA
from mailpost.sanitise.address import link
from mailpost.sanitise.letters import one_line

TEXT = frozenset(
    "p br hr h2 h3 h4 h5 h6 blockquote pre code kbd samp var em strong b i u s del ins sub sup small mark q cite abbr"  # noqa: SIM905 - words
    " ul ol li dl dt dd a img figure figcaption table caption thead tbody tfoot tr th td span div ruby rt rp bdi bdo wbr".split()
)
OWN = frozenset({"picture", "source", "audio", "video"})  # never from a mail: `wash` lets none through
# Gone with everything inside; all other unknown elements leave their children behind.
GONE = frozenset(
    "script style svg math template noscript iframe object embed applet frame frameset noframes noembed xmp plaintext"  # noqa: SIM905 - words
    " textarea title head link meta base select option button input".split()
)
CLASSES = frozenset({"photo", "gallery", "sound", "film", "file", "forward-head", "card", "number"})
LANGUAGE = {"dir", "lang"}
REL = "nofollow noopener noreferrer"
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
SIDE, SPAN = re.compile(r"[1-9]\d{0,3}|10000", re.ASCII), re.compile(r"[1-9]\d?|100", re.ASCII)
VALUES: Mapping[str, re.Pattern[str]] = {
    "rel": re.compile(REL),
    "colspan": SPAN,
    "rowspan": SPAN,
    "width": SIDE,
    "height": SIDE,
    "start": re.compile(r"-?\d{1,6}", re.ASCII),
    "reversed": re.compile(r""),
    "controls": re.compile(r""),
    "type": re.compile(r"[1aAiI]|image/webp|image/jpeg|image/png"),
    "scope": re.compile(r"(row|col)(group)?"),
    "loading": re.compile(r"lazy"),
    "preload": re.compile(r"none|metadata"),
    "dir": re.compile(r"ltr|rtl|auto"),
    "lang": re.compile(r"[A-Za-z0-9-]{1,35}"),
    "sizes": re.compile(r"(\((min|max)-width: [0-9.]{1,6}rem\) [0-9.]{1,6}(vw|rem), ){0,4}[0-9.]{1,6}(vw|rem)"),
}


def keep(media: Collection[str], name: str, value: str) -> str | None:
    """What becomes of one attribute: kept, rewritten or dropped."""
    if name == "href" and not value.startswith(MEDIA):
        return link(value)
    if name in ("alt", "title"):
        return one_line(value)
    return value if _is_kept(media, name, value) else None


def _is_kept(media: Collection[str], name: str, value: str) -> bool:
    if name in ("href", "src", "poster"):
        return _is_own(value, media)
    if name == "srcset":
        files = [candidate.split()[0] for candidate in value.split(",") if candidate.strip()]
        return bool(files) and all(_is_own(file, media) for file in files)
    if name == "class":
        return value in CLASSES
    return name in VALUES and VALUES[name].fullmatch(value) is not None


def _is_own(value: str, media: Collection[str]) -> bool:
    return value.startswith(MEDIA) and value[len(MEDIA) :] in media
