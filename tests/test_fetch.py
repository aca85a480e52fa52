"""The guarded fetcher (T71): it knocks at no door but those of the public internet, and never waits long."""

import socket
import ssl
import time
from collections.abc import Iterator
from ipaddress import ip_address
from threading import Event

import pytest

from mailpost import __version__
from mailpost.errors import Temporary
from mailpost.fetch import Fetched, Fetcher, Pictures, is_public
from mailpost.media.studio import NotFetched
from mailpost.resolver import addresses
from tests.https import PUBLIC, Answer, Doors, Hosts, Server, said, server

# What looks like a number, a loopback name or no name at all: no name server is even asked.
SPELLINGS = (
    *("127.0.0.1", "127.1", "127.0.1", "127.0.0.1.", "127.0.0.01", "127.000.000.001", "0127.0.0.1", "2130706433"),
    *("0x7f000001", "0x7F.1", "0x7f.0x0.0x0.0x1", "0177.0.0.1", "017700000001", "0x7f.0.0.1.", "127.0.0.0x1"),
    *("0", "0.0.0.0", "0x0", "00", "4294967295", "255.255.255.255", "4294967296", "1.2.3.4.5"),
    *("169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "169.16689662"),
    *("10.0.0.1", "10.1", "0xa.1", "012.1", "172.16.0.1", "192.168.0.1", "192.168.257", "3232235777", "100.64.0.1"),
    *("224.0.0.1", "8.8.8.8", "134744072"),
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::7f00:1]"),
    *("[fe80::1]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]"),
    *("[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[2606:4700::1]", "::1", "[::1", "[v1.x]"),
    *(
        "１２７.０.０.１",
        "127。0。0。1",
        "127．0．0．1",
        "①②⑦.⓪.⓪.①",
        "⑯⑨。②⑤④。⑯⑨｡②⑤④",
        "２１３０７０６４３３",
        "０x7f.1",
    ),
    *("１２７。１", "𝟏𝟐𝟕.𝟎.𝟎.𝟏"),
    *(
        "localhost",
        "LOCALHOST",
        "localhost.",
        "ｌocalhost",
        "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
        "loc%61lhost",
        "local\u00adhost",
        "ip6-localhost",
    ),
    *(
        "127.0.0.1%00.example",
        "127.0.0.1%2f.example",
        "%31%32%37.0.0.1",
        "127.0.0.1;a.example",
        "metadata",
        "router",
    ),
    *(".", "..", ".example", "a..example", "-a.example", "a-.example", f"{'a' * 64}.example", f"{'a.' * 127}example"),
    *("a.example.", "a.example..", "a.1", "a.0x7f", "a.127", "x.example&y.example", "a,b.example", "a*b.example"),
    *("xn--", "a.xn--", "a.\u200bexample", "a.exa\u202emple", "a.exam ple", "℀.example"),
)
# Whole addresses that another parser might read in another way.
TRICKS = (
    *("https://pictures.example@127.0.0.1/", "https://127.0.0.1@pictures.example/", "https://a:b@pictures.example/"),
    *("https://@pictures.example/", "https://pictures.example:443@127.0.0.1/", "https://pictures.example%40127.0.0.1/"),
    *("https://pictures.example:80@[::1]/", "https://a@b@127.0.0.1/", "https://[pictures.example]/"),
    *(r"https:\\127.0.0.1\ "[:-1], r"https://pictures.example\@127.0.0.1/", r"https:/\127.0.0.1/", r"\\127.0.0.1\x"),
    *(r"https://127.0.0.1\.pictures.example/", r"https://pictures.example/\..\..\127.0.0.1"),
    *("https:///127.0.0.1/", "https:127.0.0.1/", "https:/127.0.0.1/", "//127.0.0.1/", "//pictures.example/", "/x.png"),
    *("https://", "https:///", "https://?", "https://#", "https://:443/", "", "pictures.example", "https"),
    *(
        " https://127.0.0.1/",
        "https://127.0.0.1/ ",
        "\thttps://127.0.0.1/",
        "ht\ttps://127.0.0.1/",
        "https://127.0.0.1\t/",
    ),
    *("https://pictures\n.internal.example/", "https://pictures.example/\r\nHost:127.0.0.1", "\x00https://127.0.0.1/"),
    *(
        "https://pictures.example/ HTTP/1.1\r\nX: y",
        "\u00a0https://127.0.0.1/",
        "\ufeffhttps://127.0.0.1/",
        "https://\u2066x",
    ),
    *(
        "http://pictures.example/",
        "HTTP://127.0.0.1/",
        "ftp://pictures.example/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
    ),
    *(
        "dict://127.0.0.1:11211/",
        "ldap://127.0.0.1/",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "ws://127.0.0.1/",
    ),
    *("wss://pictures.example/", "https+unix://x/", "cid:a@b", "jar:https://pictures.example!/x", "mailto:a@b.example"),
    *(
        "ｈttps://pictures.example/",
        "https：//pictures.example/",
        "url:https://pictures.example/",
        "view-source:https://a.example",
    ),
    *("https://pictures.example:80/", "https://pictures.example:22/", "https://pictures.example:8443/"),
    *("https://pictures.example:0/", "https://pictures.example:65979/", "https://pictures.example:0443/"),
    *("https://pictures.example:４４３/", "https://pictures.example:-443/", "https://pictures.example:443:80/"),
    *(
        "https://pictures.example:/",
        "https://pictures.example:+443/",
        "https://pictures.example: 443/",
        f"https://a.example/{'x' * 3000}",
    ),
)
# What a name of somebody's making may lead to.
INSIDE = (
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255"),
    *("192.168.0.1", "100.64.0.1", "100.100.100.200", "100.127.255.255", "169.254.169.254", "169.254.0.1"),
    *(
        "192.0.0.1",
        "192.0.0.9",
        "192.0.0.192",
        "192.0.2.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
    ),
    *("192.88.99.1", "168.63.129.16", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::2", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1"),
    *("64:ff9b::a9fe:a9fe", "64:ff9b::a00:1", "64:ff9b:1::808:808", "100::1", "fe80::1", "fe80::1%eth0", "fec0::1"),
    *(
        "fc00::1",
        "fd00:ec2::254",
        "fdff::1",
        "ff02::1",
        "ff0e::1",
        "2001::1",
        "2001:0:7f00:1::",
        "2001:db8::1",
        "2001:2::1",
    ),
    *("2001:10::1", "2001:20::1", "2002:7f00:1::1", "2002:808:808::1", "3fff::1", "4000::1", "5f00::1", "e000::1"),
)
OUTSIDE = (
    *("8.8.8.8", "1.1.1.1", "93.184.215.14", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "11.0.0.1"),
    *("2606:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888", "64:ff9b::808:808"),
)


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> Doors:
    """Nothing is connected to: what would be is written down, at the bottom, where every library has to pass."""
    seen = Doors({})

    for way in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, way, lambda _, address: seen.connect(address))
    return seen


def why_not(fetcher: Fetcher, url: str, **limits: float) -> str:
    with pytest.raises(NotFetched) as refusal:
        fetcher.get(url, **limits)  # type: ignore[arg-type]
    return str(refusal.value)


# ---- where it never goes


def test_the_harness_sees_a_connection(doors: Doors) -> None:
    assert why_not(Fetcher(doors.resolve), "https://pictures.example/x.png") == "its server cannot be reached"
    assert doors.opened == [(PUBLIC, 443)]
    assert doors.asked == ["pictures.example"]


@pytest.mark.parametrize("host", SPELLINGS, ids=lambda host: f"T71-{ascii(host)[:40]}")
def test_t71_what_is_no_name_is_not_even_looked_up(doors: Doors, host: str) -> None:
    for url in (f"https://{host}/x.png", f"https://{host}:443", f"HTTPS://{host}?x"):
        why_not(Fetcher(doors.resolve), url)
    assert (doors.opened, doors.asked) == ([], [])


@pytest.mark.parametrize("url", TRICKS, ids=lambda url: f"T71-{ascii(url)[:60]}")
def test_t71_what_another_parser_may_read_otherwise_is_not_even_looked_up(doors: Doors, url: str) -> None:
    why_not(Fetcher(doors.resolve), url)
    assert (doors.opened, doors.asked) == ([], [])


@pytest.mark.parametrize("address", INSIDE, ids=lambda address: f"T71-{address}")
def test_t71_names_that_lead_inside_are_not_followed(doors: Doors, address: str) -> None:
    assert not is_public(ip_address(address))
    for answer in ([address], [PUBLIC, address], [address, PUBLIC], [PUBLIC, "2606:4700::1111", address]):
        doors.names = {"127.0.0.1.nip.example": [answer]}
        said_ = why_not(Fetcher(doors.resolve), "https://127.0.0.1.nip.example/x.png")
        assert said_ == "its server is not on the public internet"
    assert doors.opened == []


@pytest.mark.parametrize("address", OUTSIDE)
def test_servers_on_the_internet_are_asked(doors: Doors, address: str) -> None:
    assert is_public(ip_address(address))
    doors.names = {"pictures.example": [[address]]}
    why_not(Fetcher(doors.resolve), "https://pictures.example/x.png")
    assert [opened[:2] for opened in doors.opened] == [(address, 443)]


def test_t71_enough_addresses_were_tried() -> None:
    assert len({*SPELLINGS, *TRICKS, *INSIDE}) > 220


@pytest.mark.parametrize(
    "url",
    [
        "https://pictures.example#@127.0.0.1/",
        "https://pictures.example?@127.0.0.1/",
        "https://pictures.example/@127.0.0.1",
    ],
)
def test_what_stands_behind_the_name_leads_nowhere_else(doors: Doors, url: str) -> None:
    why_not(Fetcher(doors.resolve), url)
    assert (doors.asked, doors.opened) == (["pictures.example"], [(PUBLIC, 443)])


def test_t71_a_name_is_asked_about_once_and_its_answer_is_what_is_connected_to(doors: Doors) -> None:
    """Rebinding: public when it is looked at, private a moment later."""
    doors.names = {"rebind.example": [[PUBLIC], ["127.0.0.1"]]}
    why_not(Fetcher(doors.resolve), "https://rebind.example/x.png")
    assert (doors.asked, doors.opened) == (["rebind.example"], [(PUBLIC, 443)])
    assert why_not(Fetcher(doors.resolve), "https://rebind.example/x.png").endswith("not on the public internet")
    assert doors.opened == [(PUBLIC, 443)]


def test_a_server_has_few_addresses_that_are_tried(doors: Doors) -> None:
    many = [f"8.8.8.{n}" for n in range(40)]
    doors.names = {"pictures.example": [["2606:4700::1", *many]]}
    why_not(Fetcher(doors.resolve), "https://pictures.example/x.png")
    assert doors.opened == [(address, 443) for address in many[:4]]


def test_names_that_cannot_be_found_are_told_apart(doors: Doors) -> None:
    def silent(_name: str, _seconds: float) -> list[str]:
        raise Temporary("nobody answered")

    assert why_not(Fetcher(silent), "https://a.example/") == "no name server told where its server is"
    assert why_not(Fetcher(lambda *_: []), "https://a.example/") == "there is no server of this name"
    assert (
        why_not(Fetcher(lambda *_: ["nonsense"]), "https://a.example/") == "its server does not speak http as it should"
    )
    assert doors.opened == []


@pytest.mark.parametrize(
    ("hosts", "found"),
    [
        (["8.8.8.8", "127.0.0.1"], {"8.8.8.8", "127.0.0.1"}),
        (["8.8.8.8", "::1"], {"8.8.8.8", "::1"}),
        (["2606:4700::1"], {"2606:4700::1"}),
        ([], set()),
        (None, set()),
    ],
)
def test_a_name_server_tells_all_addresses(hosts: list[str] | None, found: set[str]) -> None:
    with Hosts({} if hosts is None else {"pictures.example": hosts}) as zone:
        assert set(addresses([zone.address])("pictures.example", 5)) == found


def test_a_name_server_that_does_not_answer_is_waited_for_no_longer_than_allowed() -> None:
    with Hosts({"pictures.example": None}) as zone:
        fetcher = Fetcher(addresses([zone.address]))
        assert why_not(fetcher, "https://pictures.example/", seconds=0.3) == "no name server told where its server is"


# ---- a server that stands here, and seems to stand on the internet


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with server() as made:
        yield made


@pytest.fixture
def there(running: Server) -> Server:
    running.answers.clear()
    running.asked.clear()
    return running


def test_what_is_there_is_fetched(there: Server) -> None:
    """The harness again: the same server answers all that is refused below."""
    there.answers["pictures.example/a/b%20c.png?d=1"] = said(200, b"picture", Content_Type="image/png; x=y")
    found = there.fetcher().get("https://PICTURES.example:443/a/b%20c.png?d=1#e", accept="image/*")
    assert found == Fetched("https://PICTURES.example:443/a/b%20c.png?d=1#e", "image/png", b"picture")


def test_t71_a_request_says_nothing_about_anybody(there: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for proxy in ("http_proxy", "HTTPS_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:1/")
    there.answers["pictures.example/"] = said(302, Location="https://other.example/ä b?ü", Set_Cookie="a=b")
    there.answers["other.example/%C3%A4%20b?%C3%BC"] = said(200, b"x")
    with pytest.raises(NotFetched):
        there.fetcher().get("https://pictures.example")  # the space in it
    there.answers["pictures.example/"] = said(302, Location="https://other.example/%C3%A4", Set_Cookie="a=b")
    there.answers["other.example/%C3%A4"] = said(200, b"x")
    there.asked.clear()
    assert there.fetcher().get("https://pictures.example").content == b"x"
    request = (
        "GET {} HTTP/1.1\r\nHost: {}\r\n"
        f"User-Agent: mailpost/{__version__}\r\nAccept: */*\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"
    )
    assert there.asked == [request.format("/", "pictures.example"), request.format("/%C3%A4", "other.example")]


@pytest.mark.parametrize(
    "url", ["https://bücher.example/ä", "https://BÜCHER.example/%C3%A4", "https://xn--bcher-kva.example/ä"]
)
def test_names_in_letters_are_asked_for_as_name_servers_know_them(there: Server, url: str) -> None:
    there.answers["xn--bcher-kva.example/%C3%A4"] = said(200, b"x")
    assert there.fetcher().get(url).content == b"x"


def test_three_redirects_are_followed_and_not_a_fourth(there: Server) -> None:
    for n, status in enumerate((301, 302, 303, 307, 308)):
        there.answers[f"pictures.example/{n}"] = said(status, b"moved", Location=f"/{n + 1}")
    there.answers["pictures.example/5"] = said(200, b"here")
    found = there.fetcher().get("https://pictures.example/2")
    assert (found.url, found.content) == ("https://pictures.example/5", b"here")
    assert why_not(there.fetcher(), "https://pictures.example/1") == "it has moved more than 3 times"
    there.answers["pictures.example/round"] = said(302)
    assert why_not(there.fetcher(), "https://pictures.example/round") == "it has moved more than 3 times"


@pytest.mark.parametrize(
    "target",
    [
        *("https://127.0.0.1/", "https://[::1]/", "https://localhost/", "//2130706433/", "https://inside.example/"),
        *("http://other.example/", "https://other.example:8443/", "ftp://other.example/", "file:///etc/passwd"),
        *("https://a@other.example/", r"https://other.example\@127.0.0.1/", "data:image/png,x", "https://[", "//[/"),
        *("https://mixed.example/", r"\\other.example\x", "https://other.example/\x0b", "//other.example\xa0/"),
    ],
    ids=lambda target: f"T71-{target!a}",
)
def test_t71_a_redirect_is_looked_at_like_a_first_address(there: Server, target: str) -> None:
    names = {"inside.example": ["10.0.0.1"], "mixed.example": [PUBLIC, "127.0.0.1"], "localhost": ["127.0.0.1"]}
    there.answers["pictures.example/"] = said(302, Location=target)
    why_not(there.fetcher(names), "https://pictures.example/")
    assert len(there.asked) == 1


def drip(door: ssl.SSLSocket) -> None:
    door.sendall(b"HTTP/1.1 200 So\r\nContent-Length: 1000\r\n\r\n")
    slowly(door, b"x")


def drip_head(door: ssl.SSLSocket) -> None:
    door.sendall(b"HTTP/1.1 200 So\r\n")
    slowly(door, b"A: b\r\n")


def not_yet(door: ssl.SSLSocket) -> None:
    slowly(door, b"HTTP/1.1 100 Continue\r\n\r\n")


def slowly(door: ssl.SSLSocket, piece: bytes) -> None:
    for _ in range(200):
        door.sendall(piece)
        time.sleep(0.02)


def silence(door: ssl.SSLSocket) -> None:
    door.recv(1)


def endless(door: ssl.SSLSocket) -> None:
    door.sendall(b"HTTP/1.1 200 So\r\n\r\n")
    while True:
        door.sendall(bytes(65536))


def endless_chunks(door: ssl.SSLSocket) -> None:
    door.sendall(b"HTTP/1.1 200 So\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        door.sendall(b"1000\r\n" + bytes(4096) + b"\r\n")


def endless_head(door: ssl.SSLSocket) -> None:
    door.sendall(b"HTTP/1.1 200 So\r\n")
    while True:
        door.sendall(b"A: b\r\n")


def endless_line(door: ssl.SSLSocket) -> None:
    while True:
        door.sendall(bytes(65536))


SLOW = "its server did not answer in time"
LARGE = "it is larger than 65,536 bytes"
NONSENSE = "its server does not speak http as it should"
BAD: dict[str, tuple[Answer, str]] = {
    "slow drip": (drip, SLOW),
    "slow header": (drip_head, SLOW),
    "not yet": (not_yet, SLOW),
    "silence": (silence, SLOW),
    "endless body": (endless, LARGE),
    "endless chunks": (endless_chunks, LARGE),
    "endless header": (endless_head, NONSENSE),
    "endless line": (endless_line, NONSENSE),
    "too long, as it says": (said(200, bytes(65537)), LARGE),
    "too long, and it lies": (said(200, bytes(70000), Content_Length="70000000000"), LARGE),
    "shorter than it says": (said(200, b"x", Content_Length="9"), "its server broke off"),
    "a chunk that is cut": (b"HTTP/1.1 200 So\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nx", NONSENSE),
    "a chunk of no size": (b"HTTP/1.1 200 So\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", NONSENSE),
    "compressed": (said(200, b"x", Content_Encoding="gzip"), "its server sent it compressed, which was not asked for"),
    "twice compressed": (said(200, b"x", Content_Encoding="gzip, br"), "its server sent it compressed, which was not asked for"),
    "gone": (said(404, b"x"), "its server answered with 404"),
    "nothing new": (said(304), "its server answered with 304"),
    "no content": (said(204), "its server answered with 204"),
    "a part": (said(206, b"x"), "its server answered with 206"),
    "an ending": (b"", "its server broke off, or does not speak https"),
    "no http": (b"220 mail.example ESMTP\r\n", NONSENSE),
    "no number": (b"HTTP/1.1 abc So\r\n\r\n", NONSENSE),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_t71_what_never_ends_or_makes_no_sense_is_given_up(there: Server, name: str) -> None:
    there.answers["pictures.example/x"], why = BAD[name]
    seconds = 0.7 if why == SLOW else 60
    assert why_not(there.fetcher(), "https://pictures.example/x", largest=65536, seconds=seconds) == why


def test_of_a_body_that_never_ends_little_is_taken(there: Server) -> None:
    sent: list[int] = []
    ended = Event()

    def pour(door: ssl.SSLSocket) -> None:
        try:
            door.sendall(b"HTTP/1.1 200 So\r\n\r\n")
            while len(sent) < 1000:
                door.sendall(bytes(65536))
                sent.append(65536)
        finally:
            ended.set()

    there.answers["pictures.example/x"] = pour
    assert why_not(there.fetcher(), "https://pictures.example/x", largest=65536, seconds=60) == LARGE
    assert ended.wait(60)
    assert sum(sent) < 16 * 1024 * 1024  # what lies in the buffers of two sockets


def test_a_body_of_the_largest_size_is_fetched(there: Server) -> None:
    there.answers["pictures.example/x"] = said(200, bytes(65536))
    assert len(there.fetcher().get("https://pictures.example/x", largest=65536).content) == 65536
    there.answers["pictures.example/x"] = b"HTTP/1.1 200 So\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    assert there.fetcher().get("https://pictures.example/x").content == b"abc"
    there.answers["pictures.example/x"] = b"HTTP/1.0 200 So\r\nContent-Encoding: identity\r\n\r\nuntil the end"
    assert there.fetcher().get("https://pictures.example/x").content == b"until the end"


def test_a_server_must_prove_its_name(there: Server) -> None:
    why = "its server does not prove that it is the one that was asked for"
    assert why_not(there.fetcher(), "https://third.example/") == why
    stranger = Fetcher(lambda *_: [PUBLIC], dial=there.fetcher().dial)  # who trusts the authorities of this machine
    assert why_not(stranger, "https://pictures.example/") == why
    assert there.asked == []


def test_a_server_without_tls_or_none_at_all_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        place = door.getsockname()
        fetcher = Fetcher(lambda *_: [PUBLIC], dial=lambda _, seconds: socket.create_connection(place, seconds))
        assert why_not(fetcher, "https://pictures.example/", seconds=0.3) == SLOW  # nobody shakes hands
    assert why_not(fetcher, "https://pictures.example/") == "its server cannot be reached"


# ---- all pictures of a mail


def test_the_pictures_of_a_mail_share_time_and_room(there: Server) -> None:
    there.answers["pictures.example/x"] = said(200, bytes(1000))
    there.answers["pictures.example/drip"] = drip
    fetch = Pictures(there.fetcher(), seconds=10, room=2500)
    assert [len(fetch("https://pictures.example/x")) for _ in range(2)] == [1000, 1000]
    with pytest.raises(NotFetched, match="larger than 500 bytes"):
        fetch("https://pictures.example/x")
    fetch = Pictures(there.fetcher(), seconds=0.3)
    with pytest.raises(NotFetched, match="in time"):
        fetch("https://pictures.example/drip")
    there.asked.clear()
    with pytest.raises(NotFetched, match="took all the time or room"):
        fetch("https://pictures.example/x")
    assert there.asked == []
