"""Questions to a name server of the test's own."""

import socketserver
import threading
import time
from collections.abc import Callable, Iterator

import dns.message
import dns.resolver
import dns.rrset
import pytest

from mailpost import resolver
from mailpost.errors import Temporary

Lookup = Callable[[str], bytes | None]


class Zone(socketserver.ThreadingUDPServer):
    """Answers with `records`, each good for `seconds`; for names it does not have with `missing`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Question)
        self.records: dict[str, list[str]] = {}
        self.missing = dns.rcode.NXDOMAIN
        self.seconds = 300
        self.asked: list[str] = []


class Question(socketserver.BaseRequestHandler):
    server: Zone

    def handle(self) -> None:
        data, door = self.request
        query = dns.message.from_wire(data)
        name = query.question[0].name.to_text(omit_final_dot=True)
        self.server.asked.append(name)
        answer = dns.message.make_response(query)
        for text in self.server.records.get(name, []):
            answer.answer.append(dns.rrset.from_text(f"{name}.", self.server.seconds, "IN", "TXT", text))
        if name not in self.server.records:
            answer.set_rcode(self.server.missing)
        door.sendto(answer.to_wire(), self.client_address)


@pytest.fixture
def zone() -> Iterator[Zone]:
    with Zone() as server:
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def lookup(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> Lookup:
    class Here(dns.resolver.Resolver):
        def __init__(self, *, configure: bool) -> None:
            super().__init__(configure=configure)
            self.port = zone.server_address[1]

    monkeypatch.setattr(dns.resolver, "Resolver", Here)
    monkeypatch.setattr(resolver, "SECONDS", 1.0)
    return resolver.lookup(["127.0.0.1"])


def test_the_strings_of_a_record_are_joined(zone: Zone, lookup: Lookup) -> None:
    zone.records["a.example"] = ['"v=DKIM1; " "p=abc"']
    assert lookup("a.example") == b"v=DKIM1; p=abc"


def test_an_answer_is_kept_as_long_as_it_may_be_and_no_longer(zone: Zone, lookup: Lookup) -> None:
    zone.records["a.example"], zone.seconds = ['"old"'], 1
    assert [lookup("a.example") for _ in range(3)] == [b"old"] * 3
    assert len(zone.asked) == 1
    zone.records["a.example"] = ['"new"']
    time.sleep(1.5)
    assert lookup("a.example") == b"new"


def test_a_key_that_is_published_later_is_found(zone: Zone, lookup: Lookup, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the server does not say for how long there will be none."""
    monkeypatch.setattr(resolver, "LONGEST", 1.0)
    assert lookup("a.example") is None
    time.sleep(1.5)
    zone.records["a.example"] = ['"there"']
    assert lookup("a.example") == b"there"


def test_a_server_that_cannot_tell_is_temporary(zone: Zone, lookup: Lookup) -> None:
    zone.missing = dns.rcode.SERVFAIL
    with pytest.raises(Temporary, match=r"no name server answered for a\.example"):
        lookup("a.example")
