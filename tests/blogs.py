"""Posts and blogs for tests, made without reading a mail."""

from datetime import UTC, datetime, timedelta

from mailpost.attachment import Attachment, Kind, Rendition
from mailpost.author import Author
from mailpost.blog import Blog
from mailpost.post import MEDIA, Post, SafeHtml, Status, mint_feed_id, post_id, post_path

BEGIN = datetime(2026, 1, 31, 22, 30, tzinfo=UTC)
ANN = Author("Ann", frozenset({"ann@demo.example"}))
BLOG = Blog(
    name="demo",
    title="Bread & bees",
    url="https://blog.example/notes/",
    addresses=frozenset({"blog@demo.example"}),
    authors=(ANN,),
    description="Notes from a kitchen table",
    language="en",
    zone="Europe/Berlin",
)


def post(number: int, **changes: object) -> Post:
    """The post of a number; each is an hour and a bit younger than the one before."""
    published = BEGIN + timedelta(minutes=67 * number)
    id_ = post_id("demo", "Ann", f"<{number}@demo.example>", "")
    title = f"Post {number}"
    values: dict[str, object] = {
        "id": id_,
        "blog": "demo",
        "author": "Ann",
        "title": title,
        "path": post_path(title, published, BLOG.zone, id_),
        "feed_id": mint_feed_id(BLOG, published, id_),
        "body": SafeHtml(f"<p>Body of {number} with <b>bold</b> &amp; more.</p>"),
        "text": f"Body of {number} with bold & more.",
        "summary": f"Body of {number}",
        "published": published,
        "updated": published,
        "tags": ("Bees",) if number % 3 == 0 else (),
        "status": Status.PUBLISHED,
    }
    return Post(**{**values, **changes})  # type: ignore[arg-type]


def photo(name: str = "a.jpg") -> Attachment:
    path = f"media/ab/{name}"
    versions = (Rendition(path, "image/jpeg", 1000, 1600, 1067), Rendition(path + ".webp", "image/webp", 300, 480, 320))
    return Attachment(Kind.PHOTO, name, "image/jpeg", 2000, "0" * 64, versions)


def sound() -> Attachment:
    return Attachment(
        Kind.SOUND, "tune.mp3", "audio/mpeg", 555, "1" * 64, (Rendition("media/cd/tune.mp3", "audio/mpeg", 555),)
    )


def with_media(number: int) -> Post:
    body = SafeHtml(
        f'<figure class="photo"><img src="{MEDIA}media/ab/a.jpg" alt="" width="1600" height="1067"></figure>'
        f'<figure class="sound"><audio controls="" src="{MEDIA}media/cd/tune.mp3"></audio></figure>'
    )
    return post(number, body=body, attachments=(photo(), sound()))
