"""Posts → pages, as path → bytes. The same posts give the same bytes."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined
from markupsafe import Markup

from mailpost import __version__, feed
from mailpost.attachment import Attachment, Kind
from mailpost.blog import Blog
from mailpost.post import MEDIA, MONTHS, Post, Status, day, tag_name
from mailpost.sanitise import one_line, xml_text

LAZY = re.compile(r'(<img [^<]*?) loading="lazy"')
# Languages and scripts (BCP 47) that run from right to left.
LEFTWARD = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"})
LEFTWARD_SCRIPTS = frozenset({"arab", "hebr", "nkoo", "syrc", "thaa"})


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed for a reader to subscribe to: `name` says its kind to people, `type` to machines."""

    name: str
    title: str
    type: str
    link: str


@dataclass(frozen=True, slots=True)
class Link:
    """Another post or page, for a reader to go to."""

    title: str
    link: str
    date: str = ""

    @property
    def name(self) -> str:
        return self.title


class Site:
    """The pages of one blog. `theme` is a folder whose files take the place of ours, one by one."""

    def __init__(self, blog: Blog, *, attribution: str = "", theme: str = "") -> None:
        self.blog = blog
        self.zone = ZoneInfo(blog.zone)
        self.base = urlsplit(blog.url).path
        own = [FileSystemLoader(theme)] if theme else []
        self.templates = Environment(
            loader=ChoiceLoader([*own, PackageLoader("mailpost", "theme")]),
            autoescape=True,
            finalize=_writable,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        assert self.templates.loader is not None
        self.style = self.templates.loader.get_source(self.templates, "style.css")[0].encode()
        # The name changes with the content, so that browsers may keep it for ever.
        self.style_path = f"style-{hashlib.sha256(self.style).hexdigest()[:8]}.css"
        self.about: dict[str, Any] = {
            "title": blog.title,
            "description": blog.description,
            "language": blog.language,
            "direction": direction(blog.language),
            "url": blog.url,
            "base": self.base,
            "style": self.base + self.style_path,
            "feeds": [],
            "attribution": attribution,
            "authors": [author.name for author in blog.authors],
        }
        self.templates.globals["site"] = self.about
        self.offer(podcast=False)

    def offer(self, *, podcast: bool) -> None:
        """Name the feeds in every page; the one for podcast players where the blog has something for them."""
        title = self.blog.title
        feeds = [
            Feed("RSS", title, "application/rss+xml", self.base + feed.RSS),
            Feed("Atom", f"{title} (Atom)", "application/atom+xml", self.base + feed.ATOM),
            Feed("JSON Feed", f"{title} (JSON Feed)", "application/feed+json", self.base + feed.JSON),
            Feed("Podcast", f"{title} (podcast)", "application/rss+xml", self.base + feed.PODCAST),
        ]
        self.about["feeds"] = feeds if podcast else feeds[:-1]

    def fixed(self) -> Mapping[str, bytes]:
        """What does not depend on posts."""
        missing = self._page("missing.html", "404.html", title="Page not found")
        return {self.style_path: self.style, **missing}

    def post(self, post: Post, older: Link | None, newer: Link | None) -> Mapping[str, bytes]:
        view = self._view(post, first=True)
        image = self.blog.url + view["photo"]["path"] if view["photo"] else ""
        return self._page(
            "post.html",
            post.path,
            title=post.title,
            description=post.summary,
            image=image,
            kind="article",
            post=view,
            older=older,
            newer=newer,
        )

    def front(self, posts: Sequence[Post], older: str | None) -> Mapping[str, bytes]:
        return self._list("", "", posts, None, older, None)

    def page(self, number: int, posts: Sequence[Post], older: str | None, newer: str | None) -> Mapping[str, bytes]:
        return self._list(f"page/{number}/", f"Page {number}", posts, newer, older, None)

    def tag(
        self, label: str, path: str, posts: Sequence[Post], older: str | None, newer: str | None
    ) -> Mapping[str, bytes]:
        link = f"{self.base}tags/{tag_name(label)}/{feed.RSS}"
        own = Feed("RSS", f"{self.blog.title}: {label}", "application/rss+xml", link)
        return self._list(path, f"#{label}", posts, newer, older, own)

    def tags(self, tags: Sequence[tuple[str, str, int]]) -> Mapping[str, bytes]:
        views = [{"name": label, "link": f"{self.base}tags/{name}/", "count": count} for name, label, count in tags]
        return self._page("tags.html", "tags/", title="Tags", tags=views)

    def archive(self, months: Sequence[tuple[str, int]]) -> Mapping[str, bytes]:
        years: dict[int, dict[str, Any]] = {}
        for month, count in months:
            year = years.setdefault(int(month[:4]), {"year": int(month[:4]), "count": 0, "months": []})
            year["count"] += count
            year["months"].append(
                {"name": MONTHS[int(month[5:]) - 1], "link": self.base + month_path(month), "count": count}
            )
        pages = dict(self._page("archive.html", "archive/", title="Archive", years=list(years.values())))
        for number, year in years.items():
            pages |= self._page("archive.html", f"{number}/", title=str(number), years=[year])
        return pages

    def month(self, path: str, posts: Sequence[Post], older: str | None, newer: str | None) -> Mapping[str, bytes]:
        """A page of a month; the path says which, and so do those of its neighbours."""
        near = [Link(month_name(p), self.base + p) if p else None for p in (older, newer)]
        heading = month_name(path)
        views = [self._view(post) for post in posts]
        return self._page("month.html", path, title=heading, heading=heading, posts=views, older=near[0], newer=near[1])

    def look(self) -> str:
        """A digest of everything but posts that pages are made of."""
        assert self.templates.loader is not None
        seen = hashlib.sha256(repr((__version__, self.about)).encode())
        for name in self.templates.loader.list_templates():
            if name.endswith((".html", ".css")):
                seen.update(self.templates.loader.get_source(self.templates, name)[0].encode())
        return seen.hexdigest()[:32]

    def near(self, title: str, path: str, published: datetime) -> Link:
        return Link(title, self.base + path, day(published.astimezone(self.zone)))

    def _list(
        self,
        path: str,
        heading: str,
        posts: Sequence[Post],
        newer: str | None,
        older: str | None,
        tag_feed: Feed | None,
    ) -> Mapping[str, bytes]:
        views = [self._view(post, first=not n) for n, post in enumerate(posts)]
        image = next((self.blog.url + v["photo"]["path"] for v in views if v["photo"]), "")
        return self._page(
            "list.html",
            path,
            title=heading,
            description=self.blog.description,
            image=image,
            heading=heading,
            posts=views,
            newer=None if newer is None else self.base + newer,
            older=None if older is None else self.base + older,
            tag_feed=tag_feed,
        )

    def _page(
        self,
        template: str,
        path: str,
        *,
        title: str,
        description: str = "",
        image: str = "",
        kind: str = "website",
        **values: Any,
    ) -> Mapping[str, bytes]:
        page = {"title": title, "url": self.blog.url + path, "description": description, "image": image, "kind": kind}
        content = self.templates.get_template(template).render(page=page, **values)
        return {path + "index.html" if path.endswith("/") or not path else path: content.encode()}

    def _view(self, post: Post, *, first: bool = False) -> dict[str, Any]:
        # The picture a reader sees first should not wait until the rest of the page is laid out.
        body = LAZY.sub(r"\1", post.body, count=1) if first else post.body
        published, updated = post.published.astimezone(self.zone), post.updated.astimezone(self.zone)
        return {
            "title": post.title,
            "untitled": post.untitled,
            "link": self.base + post.path,
            "url": self.blog.url + post.path,
            "author": post.author,
            "published": published,
            "updated": updated,
            "day": day(published),
            "iso": published.isoformat(),
            "updated_iso": updated.isoformat(),
            "tags": [{"name": tag, "link": f"{self.base}tags/{tag_name(tag)}/"} for tag in post.tags],
            "body": Markup(body.replace(MEDIA, self.base)),  # noqa: S704 - SafeHtml, with a constant of ours put in
            "summary": post.summary,
            "private": post.status is Status.PRIVATE,
            "photo": self._lead(post.attachments),
        }

    def _lead(self, files: Sequence[Attachment]) -> dict[str, Any] | None:
        """The picture that stands for a post: its first photo, or else what stands for its first film or document."""
        pictured = [file for file in files if file.pictures]
        lead = next((file for file in pictured if file.kind is Kind.PHOTO), pictured[0] if pictured else None)
        if lead is None:
            return None
        best, small = lead.pictures[0], min(lead.pictures, key=lambda r: (r.width, r.size))
        return {
            "src": self.base + best.path,
            "path": best.path,
            "thumb": self.base + small.path,
            "width": best.width,
            "height": best.height,
            "alt": one_line(lead.caption),
            "taken": lead.kind is Kind.PHOTO,
        }


def _writable(value: Any) -> Any:
    """Whatever text a template shows, a page can carry; what is Markup already, is that of `sanitise`."""
    return xml_text(value) if type(value) is str else value


def direction(language: str) -> str:
    """Where the lines of a language begin, as html says it: ltr or rtl."""
    first, *rest = language.lower().split("-")
    script = next((part for part in rest if len(part) == len("hebr")), "")
    leftward = script in LEFTWARD_SCRIPTS if script else first in LEFTWARD
    return "rtl" if leftward else "ltr"


def month_path(month: str) -> str:
    """The folder of a month like 2026-11."""
    return month.replace("-", "/") + "/"


def month_name(path: str) -> str:
    """What a page of a month is called: 2026/11/ or 2026/11/page/3/."""
    year, month, *page = path.strip("/").split("/")
    return f"{MONTHS[int(month) - 1]} {year}" + (f", page {page[1]}" if page else "")
