"""T75: what web servers say with the pages, asked of real ones that have our files of contrib/web."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from mailpost import serve
from mailpost.attachment import Attachment, Kind, Rendition
from mailpost.media import path_of
from mailpost.post import MEDIA, SafeHtml
from tests.blogs import BLOG, post
from tests.drawn import drawn
from tests.test_publish import Links
from tests.web import CONTRIB, STARTS, Answer, ask, serving

URL = "https://blog.example/"
ENDINGS = sorted(set(serve.TYPES) - {"html", "css", "xml", "json"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A blog as a server of this name shows it."""

    name: str
    port: int
    site: Path

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        return ask(self.port, path, method, **headers)

    def files(self) -> list[str]:
        found = ("/" + p.relative_to(self.site).as_posix() for p in self.site.rglob("*") if p.is_file())
        return sorted(path for path in found if "/." not in path)


def draw(folder: Path) -> Path:
    """A blog of two years with a file of every type that readers may get."""
    files = {path_of(ending.encode() * 99, ending): ending.encode() * 99 for ending in ENDINGS}
    attachments = tuple(
        Attachment(
            Kind.SOUND if ending == "mp3" else Kind.DOCUMENT,
            f"x.{ending}",
            serve.TYPES[ending],
            99,
            "0" * 64,
            (Rendition(path, serve.TYPES[ending], len(content)),),
        )
        for ending, (path, content) in zip(ENDINGS, files.items(), strict=True)
    )
    links = "".join(f'<p><a href="{MEDIA}{path}">{path}</a></p>' for path in files)
    posts = [post(n) for n in range(12)]
    posts.append(post(12, body=SafeHtml(links), attachments=attachments, tags=("media", "Bees")))
    site = drawn(folder, replace(BLOG, url=URL), posts, files)
    for hidden in (".draft", "2026/.draft", ".well-known/token"):
        (site / hidden).parent.mkdir(exist_ok=True)
        (site / hidden).write_text("half")
    return site


@pytest.fixture(scope="module", params=["serve", *(pytest.param(name, marks=pytest.mark.web) for name in STARTS)])
def shown(request: pytest.FixtureRequest) -> Iterator[Shown]:
    """Where a server that runs as nobody can read it."""
    folder = Path(tempfile.mkdtemp(prefix="pages-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        site = draw(folder)
        with serving(request.param, site) as port:
            yield Shown(request.param, port, site)
    finally:
        shutil.rmtree(folder)


def expected(path: str) -> dict[str, str]:
    return {name.lower(): value for name, value in {**serve.headers(path), "Content-Type": serve.type_of(path)}.items()}


def wrong(answer: Answer, path: str) -> dict[str, tuple[str, str]]:
    """What was said instead of what should have been, each with both."""
    said = {name: answer.headers.get(name, "") for name in (*expected(path), "content-disposition")}
    due = {"content-disposition": "", **expected(path)}
    return {name: (said[name], due[name]) for name in said if said[name] != due[name]}


def test_t75_every_file_goes_out_with_what_belongs_to_it(shown: Shown) -> None:
    files = shown.files()
    assert {path.rpartition(".")[2] for path in files} == set(serve.TYPES), "a type of file is not in this test"
    for path in files:
        answer = shown.ask(path)
        assert (answer.status, path, wrong(answer, path)) == (200, path, {})
        assert answer.body == (shown.site / path[1:]).read_bytes()


def test_t75_every_link_leads_to_a_page_and_every_page_is_strict(shown: Shown) -> None:
    waiting, seen = ["/"], set[str]()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = shown.ask(path)
        assert (answer.status, path, wrong(answer, path)) == (200, path, {})
        if answer.headers["content-type"].startswith("text/html"):
            links = Links()
            links.feed(answer.body.decode())
            found = (urlsplit(urljoin(URL + path[1:], link)) for link in links.found)
            waiting += [link.path for link in found if link.netloc == urlsplit(URL).netloc]
    pages = {path.removesuffix("index.html") for path in shown.files()}
    assert pages - seen == {"/404.html", "/2026/"}, "the archive shows all years on one page"
    assert seen <= pages


MISSING = [
    "/none", "/none/", "/2026/none.jpg", "/media/", "/media", "/2026/13/", "/index.htm", "/media/ab/none.pdf", "/media/ab/0123.pdf", "/media/ab/0123.mp3",
    "/.draft", "/%2edraft", "/2026/.draft", "/2026/%2Edraft", "/.htaccess", "/none.xml", "/.git/config", "/2026/11/..%2f..%2f.draft",
]  # fmt: skip


@pytest.mark.parametrize("path", MISSING)
def test_t75_what_is_no_page_is_our_page_for_that(shown: Shown, path: str) -> None:
    answer = shown.ask(path)
    if answer.status == 301:  # to the same with a slash
        answer = shown.ask(path + "/")
    if "%2f" in path and answer.status in (400, 404):  # some servers look at no more of such a path
        assert b"half" not in answer.body
        return
    assert (answer.status, wrong(answer, "/404.html")) == (404, {})
    assert answer.body == (shown.site / "404.html").read_bytes()


def test_t75_a_folder_without_its_slash_is_the_folder(shown: Shown) -> None:
    answer = shown.ask("/archive")
    assert answer.status in (301, 308)
    assert urlsplit(answer.headers["location"]).path == "/archive/"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/feed.xml", "/atom.xml", "/feed.json", "/archive/"])
def test_t75_who_has_seen_it_is_told_that_nothing_changed(shown: Shown, path: str) -> None:
    first = shown.ask(path)
    again = shown.ask(path, If_Modified_Since=first.headers["last-modified"])
    assert (again.status, again.body) == (304, b"")
    assert "no-cache" in first.headers["cache-control"]
    if "etag" in first.headers:
        assert shown.ask(path, If_None_Match=first.headers["etag"]).status == 304


def test_t75_a_head_without_a_body_says_the_same(shown: Shown) -> None:
    for path in ("/", next(path for path in shown.files() if path.endswith(".pdf"))):
        answer = shown.ask(path, "HEAD")
        assert (answer.status, wrong(answer, path), answer.body) == (200, {}, b"")


def test_t75_nothing_can_be_sent_to_it(shown: Shown) -> None:
    before = {path: (shown.site / path[1:]).read_bytes() for path in shown.files()}
    for method in ("PUT", "DELETE", "PATCH", "MKCOL", "POST"):
        shown.ask("/index.html", method)
        shown.ask("/new.html", method)
    assert {path: (shown.site / path[1:]).read_bytes() for path in shown.files()} == before


def test_t75_what_somebody_else_has_put_there_is_not_run(shown: Shown) -> None:
    """mailpost writes no such file. Apache knows more types than ours, but has no handler for them here."""
    for name in ("evil.svg", "evil.php", "evil.js", "evil.xhtml"):
        (shown.site / name).write_text("<?php echo 6 * 7;")
        answer = shown.ask(f"/{name}")
        assert (answer.body, answer.headers["x-content-type-options"]) == (b"<?php echo 6 * 7;", "nosniff")
        if shown.name not in ("apache", "htaccess"):
            assert answer.headers["content-type"] == serve.UNKNOWN
        (shown.site / name).unlink()


def test_t75_nginx_follows_no_link_out_of_the_pages(shown: Shown) -> None:
    (shown.site / "link.html").symlink_to(shown.site.parent / "data" / "mailpost.db")
    status = shown.ask("/link.html").status
    (shown.site / "link.html").unlink()
    assert status == 404 or shown.name != "nginx"


def test_t75_the_token_for_a_certificate_can_be_fetched(shown: Shown) -> None:
    if shown.name != "serve":
        assert shown.ask("/.well-known/token").body == b"half"


def hosted(path: str) -> dict[str, list[str]]:
    """What _headers makes Cloudflare say with a file, every value of every rule; nothing of that host can be run here."""
    found: dict[str, list[str]] = {}
    applies = False
    for line in (CONTRIB / "_headers").read_text().splitlines():
        begin, _, end = line.partition("*")
        if line.startswith("/"):
            applies = path.startswith(begin) and path.endswith(end)
        elif line.startswith("  ") and applies:
            name, _, value = line.strip().partition(": ")
            found.setdefault(name.lower(), []).append(value)
    return found


def test_t75_the_file_for_hosted_pages_says_the_same_of_media_and_more_of_pages() -> None:
    """Policies add up; what would be said twice otherwise, and the types, are the host's own."""
    own = ("content-type", "cross-origin-resource-policy", "content-security-policy")
    for path in ("/", "/feed.xml", *(f"/media/ab/0123.{ending}" for ending in ENDINGS)):
        said = hosted(path)
        policies = said.pop("content-security-policy")
        assert policies[0] == serve.PAGE["Content-Security-Policy"]
        ours = expected(path)["content-security-policy"]
        assert not ours.startswith("sandbox") or policies[-1] == ours.partition(";")[0]
        due = {name: value for name, value in expected(path).items() if name not in own and value != "no-cache"}
        assert {name: ", ".join(values) for name, values in said.items()} == due, path


def test_t75_pages_say_the_policy_themselves_too(shown: Shown) -> None:
    """For hosts that say nothing: all of it but what a page cannot say."""
    meta, _, rest = serve.PAGE["Content-Security-Policy"].rpartition("; ")
    assert rest == "frame-ancestors 'none'"
    for path in shown.files():
        if path.endswith(".html"):
            page = (shown.site / path[1:]).read_text()
            assert f'<meta http-equiv="Content-Security-Policy" content="{meta}">' in page
            assert page.index("<meta") == page.index('<meta http-equiv="Content-Security-Policy"')
