"""Html replies and forwards of talon and quotequail, each put into a mail and read from end to end."""

from pathlib import Path

from mailpost.post import Post
from tests.letters import letter, read
from tests.scores import Score, count

# The rule in talon's SOURCE.md: what has to be left, white space aside.
LEFT = "Hi. I am fine. Thanks, Alex"
# The author's own words in quotequail's replies.
ANSWERS = {
    "apple_reply.html": "Foo Bar",
    "gmail_reply.html": "foo bar",
    "ios_mail_reply_unescaped_address.html": "Sounds good, I'll be there at 2.",
    "yahoo_reply_unescaped_address.html": (
        "Thanks Jane, that looks great. One question on item 2 - can we ship it before Friday? Dan"
    ),
}
# What other files of talon hold beside the quote.
ALONE = {"OLK_SRC_BODY_SECTION.html": "Reply", "reply-separated-by-hr.html": "Hi there Bob"}


def scores(corpus: Path) -> list[Score]:
    return [_talon(corpus / "talon"), _replies(corpus / "quotequail"), _forwards(corpus / "quotequail")]


def _talon(folder: Path) -> Score:
    expected = dict.fromkeys(sorted((folder / "html_replies").glob("*.html")), LEFT)
    expected |= {folder / name: left for name, left in ALONE.items()}
    results = {path.name: _squeezed(_text(path)) == _squeezed(left) for path, left in expected.items()}
    return count("talon", "html replies: exactly the author's words are left", results, {})


def _replies(folder: Path) -> Score:
    results = {name: _text(folder / "files" / name).split() == said.split() for name, said in ANSWERS.items()}
    return count("quotequail", "html replies: exactly the author's words are left", results, {})


def _forwards(folder: Path) -> Score:
    results = {}
    for path in sorted((folder / "files").glob("*_forward.html")):
        found = _text(path, subject="Fwd: The subject")
        wanted = [_text(part) for part in (folder / "files").glob(f"{path.stem}_unwrapped*.html")]
        results[path.name] = bool(found) and all(part in found for part in wanted)
    return count("quotequail", "html forwards: every word of what was forwarded is there", results, {})


def _text(path: Path, subject: str = "Hello") -> str:
    fields = {"Content-Type": "text/html; charset=utf-8", "Subject": subject}
    post: Post | None = read(letter(path.read_bytes(), fields)).post
    return " ".join(post.text.split()) if post is not None else ""


def _squeezed(text: str) -> str:
    return "".join(text.split())
