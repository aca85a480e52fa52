"""config.toml: what is wrong is said with line and remedy, all at once, and no secret is ever shown."""

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mailpost import config
from mailpost.author import Require
from mailpost.config import secret
from mailpost.errors import ConfigError
from tests.private import private

SECRET = "k7q2x9w4m8e5r3t6"
GOOD = """\
[[blog]]
name = "demo"
title = "Demo"
url = "https://demo.example"
addresses = ["Blog@demo.example"]

[[author]]
name = "Ann"
addresses = ["ann@demo.example"]

[[mailbox]]
host = "imap.demo.example"
user = "ann"
password = "hunter2hunter2"
"""


def load(folder: Path, text: str) -> config.Config:
    return config.load(private(folder / "config.toml", text))


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(folder, text)
    return [p.removeprefix(f"{folder / 'config.toml'}: ") for p in caught.value.problems]


def test_a_small_file_is_enough(tmp_path: Path) -> None:
    found = load(tmp_path, GOOD)
    [blog], [box] = found.blogs, found.mailboxes
    assert (blog.url, set(blog.addresses), [a.name for a in blog.authors]) == (
        "https://demo.example/",
        {"blog@demo.example"},
        ["Ann"],
    )
    assert (box.name, box.settings.host, box.settings.tls) == ("ann-imap.demo.example", "imap.demo.example", "implicit")
    assert (found.data, found.store.settings.path, found.files.settings.path) == (
        tmp_path / "data",
        tmp_path / "data" / "mailpost.db",
        tmp_path / "site",
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("title = ", "titel = "),
            ["line 3: blog.titel: unknown key; did you mean 'title'?", "line 1: blog.title: is missing"],
        ),
        (
            ("host = ", "hots = "),
            ["line 12: mailbox.hots: unknown key; did you mean 'host'?", "line 11: mailbox.host: is missing"],
        ),
        (("[[blog]]", "[[blogs]]"), ["line 1: blog: is missing", "line 1: blogs: unknown key; did you mean 'blog'?"]),
        (
            ('name = "demo"', 'name = "De mo"'),
            ["line 2: blog.name: string should match pattern '^[a-z0-9][a-z0-9-]{0,40}$'"],
        ),
        (
            ("https://demo.example", "demo.example"),
            ["line 4: blog.url: must be the full address of the blog, like https://example.org/"],
        ),
        (
            ("https://demo.example", "http://["),
            ["line 4: blog.url: must be the full address of the blog, like https://example.org/"],
        ),
        (("ann@demo.example", "ann"), ["line 9: author.addresses: not an email address"]),
        (
            ("user =", "port = 99999999\nkind = 'imop'\nuser ="),
            ["line 14: mailbox.kind: there is no mailbox of kind 'imop'; did you mean 'imap'?"],
        ),
        (
            ("user =", "port = 'many'\nuser ="),
            ["line 13: mailbox.port: input should be a valid integer, unable to parse string as an integer"],
        ),
        (
            ("user =", "tls = 'none'\nuser ="),
            ['line 11: mailbox: with tls = "none" a password is sent only to this machine itself'],
        ),
        (("user =", "blog = 'dmo'\nuser ="), ["line 13: mailbox.blog: there is no blog 'dmo'; did you mean 'demo'?"]),
        (
            ("title =", "timezone = 'Europe/Berln'\ntitle ="),
            ["line 3: blog.timezone: unknown time zone; did you mean 'Europe/Berlin'?"],
        ),
        (("title =", "folder = '../elsewhere'\ntitle ="), ["line 3: blog.folder: must be below files.path"]),
        (
            ('name = "Ann"', 'name = "Ann"\nrequire = "secret"'),
            ['line 9: author.require: "secret" needs at least one of `secrets`'],
        ),
        (
            ('name = "Ann"', 'name = "Ann"\nsecrets = ["short"]'),
            ["line 9: author.secrets.secret: a secret is at least 16 letters and digits"],
        ),
        (
            ("[[author]]", '[resolver]\nnameservers = ["dns.example.org"]\n[[author]]'),
            ["line 8: resolver.nameservers: “dns.example.org” is not the address of a name server"],
        ),
        (
            ('name = "Ann"', 'name = "Ann"\nblogs = ["other"]'),
            ["line 9: author.blogs: there is no blog 'other'", "line 2: blog.name: no author may post here"],
        ),
    ],
)
def test_a_problem_is_named_with_its_line_and_what_may_have_been_meant(
    tmp_path: Path, change: tuple[str, str], said: list[str]
) -> None:
    assert sorted(problems(tmp_path, GOOD.replace(*change, 1))) == sorted(said)


def test_all_problems_are_said_at_once(tmp_path: Path) -> None:
    """Those of single values, those between tables, and those of an adapter's own keys."""
    text = GOOD.replace("title", "titel").replace("host", "hots").replace("https://demo.example", "x")
    text += 'blog = "other"\n[child]\nseconds = 0\n[site]\nposts = 3\n[store]\npth = "x"\n'
    assert {problem.partition(": ")[2].partition(":")[0] for problem in problems(tmp_path, text)} == {
        "blog.titel",
        "blog.title",
        "mailbox.hots",
        "mailbox.host",
        "mailbox.blog",
        "child.seconds",
        "site.posts",
        "store.pth",
    }


def test_two_blogs_need_two_names_and_two_folders(tmp_path: Path) -> None:
    blog = GOOD[: GOOD.index("[[author]]")].replace("Blog@", "other@")
    assert problems(tmp_path, blog + GOOD) == [
        "line 2: blog.name: two blogs have this name",
        "line 1: blog.folder: two blogs would be written into the same folder",
        "line 8: blog.name: two blogs have this name",
        "line 7: blog.folder: two blogs would be written into the same folder",
    ]


def test_two_blogs_have_their_own_authors_and_folders(tmp_path: Path) -> None:
    second = (
        GOOD[: GOOD.index("[[author]]")].replace('"demo"', '"two"').replace("Blog@", "two@") + 'folder = "two/"\n'
        '[[author]]\nname = "Bob"\naddresses = ["bob@demo.example"]\nblogs = ["two"]\n'
    )
    found = load(tmp_path, GOOD + second)
    assert [(b.name, sorted(a.name for a in b.authors)) for b in found.blogs] == [
        ("demo", ["Ann"]),
        ("two", ["Ann", "Bob"]),
    ]
    assert found.folders == {"demo": "", "two": "two"}


def test_two_mailboxes_of_one_name_would_be_taken_for_one(tmp_path: Path) -> None:
    box = GOOD[GOOD.index("[[mailbox]]") :]
    assert [p.partition(": ")[2] for p in problems(tmp_path, GOOD + box)] == [
        "mailbox.name: two have the name 'ann-imap.demo.example'; give each a `name` of its own"
    ] * 2
    folders = load(tmp_path, GOOD + box + 'folder = "Blog"\n')
    assert [b.name for b in folders.mailboxes] == ["ann-imap.demo.example", "ann-imap.demo.example-Blog"]


@pytest.mark.parametrize("path", ["data", ".", ".."])
def test_mails_never_lie_among_the_pages(tmp_path: Path, path: str) -> None:
    said = problems(tmp_path, GOOD + f'[files]\npath = "{path}"\n')
    assert said == ["line 16: files.path: the mails in `data` would lie among the pages, for everybody to read"]


def test_the_pages_may_lie_beside_the_mails(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD + '[files]\npath = "data/site"\n').files.settings.path == tmp_path / "data" / "site"


def test_paths_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    found = load(tmp_path, 'data = "kept"\n' + GOOD + 'tls_ca_file = "ca.pem"\n[site]\ntheme = "mine"\n')
    assert (found.data, found.mailboxes[0].settings.tls_ca_file, found.site.theme) == (
        tmp_path / "kept",
        tmp_path / "ca.pem",
        tmp_path / "mine",
    )


# --- secrets ---


@pytest.mark.parametrize(
    "place",
    [
        '{ file = "password" }',
        '{ env = "MAILPOST_TEST_PASSWORD" }',
        '{ command = ["cat", "PASSWORD"] }',
        '{ credential = "password" }',
    ],
)
def test_a_secret_may_stand_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    private(tmp_path / "password", "from elsewhere\n")
    monkeypatch.setenv("MAILPOST_TEST_PASSWORD", "from elsewhere")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    text = GOOD.replace('"hunter2hunter2"', place.replace('PASSWORD"]', f'{tmp_path / "password"}"]'))
    assert load(tmp_path, text).mailboxes[0].settings.password == "from elsewhere"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ('{ file = "none" }', "the secret could not be read: No such file or directory"),
        ('{ file = "empty" }', "the secret is empty"),
        ('{ file = "binary" }', "the secret could not be read: it is not text"),
        ('{ env = "MAILPOST_NO_SUCH_THING" }', "the environment has no MAILPOST_NO_SUCH_THING"),
        ("{ file = 7 }", "file names one place, as text"),
        ('{ credential = "../password" }', "a credential has a name, not a path"),
        ('{ command = "pass blog" }', "a command is a list of words"),
        ('{ command = ["false"] }', "the command for the secret ended with 1"),
        ('{ command = ["no-such-program-here"] }', "the secret could not be read: No such file or directory"),
    ],
)
def test_a_secret_that_cannot_be_had_is_a_problem(tmp_path: Path, place: str, said: str) -> None:
    private(tmp_path / "empty", "\n")
    private(tmp_path / "binary", "").write_bytes(b"\xff\xfe")
    assert problems(tmp_path, GOOD.replace('"hunter2hunter2"', place)) == [f"line 14: mailbox.password: {said}"]


@pytest.mark.parametrize(
    "broken",
    [
        'password = "hunter2hunter2"\npasswort = "hunter2hunter2"',
        'password = ["hunter2hunter2"]',
        'password = { value = "hunter2hunter2" }',
        'port = "hunter2hunter2"',
        'tls = "hunter2hunter2"',
        'password = "hunter2hunter2',
        "password = hunter2hunter2",
        "password = hunter2 hunter2",
        'password = "hunter2" hunter2',
        'password = "hunter2\\hunter2"',
        'password = "hunter2"\npassword = "hunter2"',
        'password = { file = "hunter2" ',
        'password = { secret = "hunter2", until = 3 }',
        "password = 2026-99-99 # hunter2",
        'password = "hunter2\x01"',
        'user = ["hunter2"]\npassword = 7',
        'user = "hunter2\\n"\npassword = "x"',
    ],
)
def test_no_error_shows_a_secret(tmp_path: Path, broken: str) -> None:
    good = GOOD.replace('user = "ann"\n', "") if "user" in broken else GOOD
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, good.replace('password = "hunter2hunter2"', broken))
    chain: list[BaseException] = [caught.value]
    while (
        cause := chain[-1].__cause__ or (None if chain[-1].__suppress_context__ else chain[-1].__context__)
    ) is not None:
        chain.append(cause)
    assert "hunter2" not in "".join(f"{each!r} {each}" for each in chain)


def test_a_configuration_does_not_show_its_secrets(tmp_path: Path) -> None:
    text = GOOD.replace('name = "Ann"', f'name = "Ann"\nsecrets = ["{SECRET}"]\nrequire = "secret"')
    text += '[[autopost]]\nkind = "webhook"\nname = "hook"\nurl = "https://other.example/"\nsecret = "hunter2"\n'
    found = load(tmp_path, text)
    hidden = replace(found, blogs=())
    assert "hunter2" not in repr(found)
    assert SECRET not in repr(hidden)


# --- who else may read or change them ---

PLAIN = GOOD.replace('"hunter2hunter2"', '{ file = "password" }')
WITH_ADDRESS = PLAIN.replace('name = "Ann"', f'name = "Ann"\nsecrets = ["{SECRET}"]')
WITH_WEBHOOK = PLAIN + '[[autopost]]\nkind = "webhook"\nname = "x"\nurl = "https://x.example/"\nsecret = "hunter2"\n'


@pytest.mark.parametrize("text", [GOOD, WITH_ADDRESS, WITH_WEBHOOK], ids=["password", "address", "webhook"])
@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o620, 0o602, 0o777])
def test_t68_a_file_with_a_secret_is_its_owners_alone(tmp_path: Path, text: str, mode: int) -> None:
    private(tmp_path / "password", "from elsewhere")
    path = private(tmp_path / "config.toml", text)
    assert config.load(path)
    path.chmod(mode)
    [said] = refused(path)
    assert said.endswith(f"may read or change {path} (mode {mode:04o}); type: chmod 600 {path}")


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o440])
def test_a_group_may_read_it(tmp_path: Path, mode: int) -> None:
    """As with `root:mailpost 0640`."""
    path = private(tmp_path / "config.toml", GOOD)
    path.chmod(mode)
    assert config.load(path).mailboxes[0].settings.password == "hunter2hunter2"


def test_without_a_secret_everybody_may_read_it_and_nobody_else_change_it(tmp_path: Path) -> None:
    """Who may change it can run commands: `{ command = … }`."""
    private(tmp_path / "password", "from elsewhere")
    path = private(tmp_path / "config.toml", PLAIN)
    path.chmod(0o664)
    assert config.load(path)
    path.chmod(0o666)
    [said] = refused(path)
    assert "chmod 600" in said


def test_t68_the_file_of_a_secret_is_its_owners_alone_too(tmp_path: Path) -> None:
    path = private(tmp_path / "config.toml", PLAIN)
    secret = private(tmp_path / "pass word", "from elsewhere")
    secret.chmod(0o644)
    (tmp_path / "password").symlink_to(secret)
    [said] = refused(path)
    assert said.startswith(f"{path}: line 14: mailbox.password: others than its owner may read or change {secret}")
    assert said.endswith(f"(mode 0644); type: chmod 600 '{secret}'")
    secret.chmod(0o600)
    assert config.load(path).mailboxes[0].settings.password == "from elsewhere"


def test_t68_a_link_is_what_it_leads_to(tmp_path: Path) -> None:
    path = private(tmp_path / "real", GOOD)
    (tmp_path / "config.toml").symlink_to(path)
    assert config.load(tmp_path / "config.toml")
    path.chmod(0o644)
    [said] = refused(tmp_path / "config.toml")
    assert said.endswith(f"chmod 600 {path}")


def test_a_secret_may_come_through_a_pipe(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading), closing(os.fdopen(writing, "w")) as pipe:
        pipe.write("from elsewhere\n")
        pipe.close()
        found = load(tmp_path, GOOD.replace('"hunter2hunter2"', f'{{ file = "/dev/fd/{reading}" }}'))
    assert found.mailboxes[0].settings.password == "from elsewhere"


def test_a_container_has_its_secrets_for_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker gives them the mode 0444."""
    monkeypatch.setattr(secret, "APART", tmp_path / "run")
    (tmp_path / "run").mkdir()
    private(tmp_path / "run" / "password", "from elsewhere").chmod(0o444)
    found = load(tmp_path, GOOD.replace('"hunter2hunter2"', '{ file = "run/password" }'))
    assert found.mailboxes[0].settings.password == "from elsewhere"


def test_a_secret_may_come_in_memory(tmp_path: Path) -> None:
    """Its mode is 0777, but it has no name."""
    memory = os.memfd_create("secret")
    with os.fdopen(memory, "w") as file:
        file.write("from elsewhere\n")
        file.flush()
        os.lseek(memory, 0, os.SEEK_SET)
        found = load(tmp_path, GOOD.replace('"hunter2hunter2"', f'{{ file = "/dev/fd/{memory}" }}'))
    assert found.mailboxes[0].settings.password == "from elsewhere"


def test_a_credential_needs_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    [said] = problems(tmp_path, GOOD.replace('"hunter2hunter2"', '{ credential = "password" }'))
    assert said.startswith("line 14: mailbox.password: there are no credentials")


def refused(path: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    return caught.value.problems


# --- what would end a line on the wire ---


@pytest.mark.parametrize("key", ["host", "user", "password", "folder", "file_under"])
@pytest.mark.parametrize("bad", ["a\\r\\nA1 DELETE INBOX", "a\\u0000b", "\\u001b[2J", "a\\tb", "\\u007f"])
def test_t22_a_control_character_in_a_mailbox_is_a_problem(tmp_path: Path, key: str, bad: str) -> None:
    lines = [line for line in GOOD.splitlines() if not line.startswith(f"{key} =")]
    [said] = problems(tmp_path, "\n".join([*lines, f'{key} = "{bad}"']))
    assert said.startswith("line 11: mailbox: ")
    assert f"`{key}`" in said
    assert "DELETE" not in said


def test_secret_addresses_are_compared_in_lower_case(tmp_path: Path) -> None:
    found = load(
        tmp_path, GOOD.replace('name = "Ann"', f'name = "Ann"\nrequire = "both"\nsecrets = ["{SECRET.upper()}"]')
    )
    [author] = found.blogs[0].authors
    assert (author.require, author.secrets) == (Require.BOTH, (SECRET,))


# --- files that are none ---


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file or directory; copy config.example.toml there to begin"),
        (b"\xff\xfe", "not text in UTF-8"),
        (b"[blog\n", "Expected ']' at the end of a table declaration (at line 1, column 6)"),
        (b"", "line 1: blog: is missing"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_in_one_line(tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "config.toml").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        config.load(tmp_path / "config.toml")
    assert caught.value.problems[0] == f"{tmp_path / 'config.toml'}: {said}"


@pytest.mark.parametrize("name", ["*", "*.com", "mx example", "", "https://mx.example.net"])
def test_a_pattern_that_trusts_half_the_world_is_refused(tmp_path: Path, name: str) -> None:
    [said] = problems(tmp_path, f'{GOOD}trusted_servers = ["{name}"]\n')
    assert "not the name of a mail server" in said


def test_an_address_is_one_author_s_and_one_blog_s(tmp_path: Path) -> None:
    author = '[[author]]\nname = "Ben"\naddresses = ["ANN@demo.example"]\n'
    blog = '[[blog]]\nname = "two"\ntitle = "Two"\nurl = "https://two.example/"\nfolder = "two"\n'
    said = problems(tmp_path, GOOD + author + blog + 'addresses = ["blog@demo.example"]\n')
    assert {each.partition(": ")[2] for each in said} == {
        "blog.addresses: two blogs have the address blog@demo.example",
        "blog.name: two authors of this blog have the address ann@demo.example",
    }


def test_addresses_are_compared_in_ascii(tmp_path: Path) -> None:
    found = load(tmp_path, GOOD.replace('"ann@demo.example"', '"Ann@Bücher.example"'))
    assert found.blogs[0].authors[0].addresses == {"ann@xn--bcher-kva.example"}
