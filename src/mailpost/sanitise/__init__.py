"""Html of any origin → html a stranger's browser may be given.

Two sanitisers of different make must agree: nh3 first, which is fast and keeps text that bleach would lose, then
bleach, then nh3 again, which must not find anything to change. What they let out is read once more by `verify`, which
knows nothing of them. What one of them doubts becomes escaped text.
"""

import html
import re
from collections.abc import Collection

import nh3
from bleach.sanitizer import Cleaner

from mailpost.post import MEDIA, SafeHtml
from mailpost.sanitise.address import link
from mailpost.sanitise.letters import one_line, xml_text
from mailpost.sanitise.limits import BLEACHED, GROWTH, NESTED, SMALL, TooMuch, Unsafe, limit
from mailpost.sanitise.policy import ATTRIBUTES, CLASSES, GONE, LANGUAGE, OWN, REL, TEXT, keep
from mailpost.sanitise.verify import refusal

SCHEMES = {"http", "https", "mailto", MEDIA.rstrip(":")}
# Readers of html skip a line break at the beginning of <pre>: with each reading one more.
PRE = re.compile(r"(<pre[^<>]*>)\n+")


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
        | {tag: ATTRIBUTES[tag] for tag in ("td", "th", "ol", "abbr")}
        | {"table": {"border"}},  # by which a program says that its author has drawn it
        url_schemes={"http", "https", "mailto", "cid"},
        link_rel=None,
        strip_comments=True,
    )
    washed = xml_text(cleaned)  # again, for what was written as &#155;
    limit(washed, depth=NESTED)
    return washed


def sanitise(content: str, media: Collection[str]) -> SafeHtml:
    """Return html that both sanitisers and the verifier accept. Raises `Unsafe` where there is none.

    `media` are the paths of the post's own files; nothing else may be shown or played.
    """
    content = xml_text(content)
    limit(content)
    allowed = frozenset(media)
    once = PRE.sub(r"\1", _nh3(content, allowed))
    if len(once) > GROWTH * len(content) + SMALL or once.count("&") > BLEACHED:
        raise TooMuch("it grows too much")
    limit(once, depth=NESTED, tags=BLEACHED)
    for _ in range(2):
        twice = _bleach(once, allowed)
        once = _nh3(twice, allowed)
        if once == twice:
            return _verified(once, allowed)
    raise Unsafe("two sanitisers disagree about it")


def escaped(text: str) -> SafeHtml:
    """Text as the plainest html there is: what is left when nothing else can be trusted."""
    paragraphs = [html.escape(p.strip(), quote=False) for p in re.split(r"\n\s*\n", xml_text(text)) if p.strip()]
    return SafeHtml("".join("<p>" + p.replace("\n", "<br>") + "</p>" for p in paragraphs))


def _verified(markup: str, media: frozenset[str]) -> SafeHtml:
    doubt = refusal(markup, media)
    if doubt:
        raise Unsafe(f"the verifier refuses it: {doubt}")
    return SafeHtml(markup)


def _nh3(content: str, media: frozenset[str]) -> str:
    cleaned = nh3.clean(
        content,
        tags=set(TEXT | OWN),
        clean_content_tags=set(GONE),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()} | {"*": set(LANGUAGE)},
        attribute_filter=lambda _tag, name, value: keep(media, name, value),
        url_schemes=set(SCHEMES),
        link_rel=REL,
        strip_comments=True,
    )
    return xml_text(cleaned)


def _bleach(content: str, media: frozenset[str]) -> str:
    def allowed(tag: str, name: str, value: str) -> bool:
        known = name in LANGUAGE or name in ATTRIBUTES.get(tag, ()) or (tag, name) == ("a", "rel")
        return known and keep(media, name, value) == value

    # One Cleaner a call: a shared one mixes the texts of different documents.
    cleaner = Cleaner(
        tags=TEXT | OWN,
        attributes=allowed,
        protocols=SCHEMES,
        strip=True,
        strip_comments=True,
    )
    cleaner.serializer.minimize_boolean_attributes = False  # as nh3 writes them
    return str(cleaner.clean(content))


__all__ = ["CLASSES", "TooMuch", "Unsafe", "escaped", "link", "one_line", "sanitise", "wash", "xml_text"]
