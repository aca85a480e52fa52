"""Questions to a name server of the test's own, which is reached by its address and port as an operator would write it."""

import time
from collections.abc import Callable, Iterator

import dns.rcode
import pytest

from mailpost import resolver
from mailpost.errors import Temporary
from tests.nameserver import Fault, Zone

Lookup = Callable[[str], bytes | None]


@pytest.fixture
def zone() -> Iterator[Zone]:
    with Zone() as server:
        yield server


@pytest.fixture
def lookups(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Lookup]:
    monkeypatch.setattr(resolver, "SECONDS", 1.5)
    return resolver.lookups([zone.address])


@pytest.fixture
def lookup(lookups: Callable[[], Lookup]) -> Lookup:
    return lookups()


def test_the_strings_of_a_record_are_joined(zone: Zone, lookup: Lookup) -> None:
    zone.records["a.example"] = ["v=DKIM1; p=" + "a" * 400]
    assert lookup("a.example") == b"v=DKIM1; p=" + b"a" * 400


def test_an_answer_too_long_for_a_datagram_is_fetched_in_whole(zone: Zone, lookup: Lookup) -> None:
    """The key record of 4,096 bits does not fit."""
    zone.records["a.example"] = ["x" * 2000]
    assert lookup("a.example") == b"x" * 2000
    assert zone.asked == ["a.example"] * 2


def test_an_alias_is_followed(zone: Zone, lookup: Lookup) -> None:
    zone.aliases["sel._domainkey.a.example"] = "key.provider.example"
    zone.records["key.provider.example"] = ["p=abc"]
    assert lookup("sel._domainkey.a.example") == b"p=abc"


def test_of_several_records_the_one_that_says_what_it_is_counts(zone: Zone, lookup: Lookup) -> None:
    """Servers give them in any order; the same mail must get the same answer each time."""
    records = ["a note", "zone=7", "v=DMARC1; p=none; adkim=s", "v=DMARC1; p=reject"]
    for order in (records, records[::-1]):
        zone.records["a.example"] = order
        zone.seconds = 0
        assert lookup("a.example") == b"v=DMARC1; p=none; adkim=s"


def test_an_answer_is_kept_as_long_as_it_may_be_and_no_longer(zone: Zone, lookups: Callable[[], Lookup]) -> None:
    zone.records["a.example"], zone.seconds = ["old"], 1
    assert [lookups()("a.example") for _ in range(3)] == [b"old"] * 3
    assert len(zone.asked) == 1
    zone.records["a.example"] = ["new"]
    time.sleep(1.5)
    assert lookups()("a.example") == b"new"


def test_a_key_that_is_published_later_is_found(zone: Zone, lookup: Lookup, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the server does not say for how long there will be none."""
    monkeypatch.setattr(resolver, "LONGEST", 0.2)
    assert lookup("a.example") is None
    time.sleep(0.4)
    zone.records["a.example"] = ["there"]
    assert lookup("a.example") == b"there"


def test_a_name_without_a_text_has_none(zone: Zone, lookup: Lookup) -> None:
    zone.records["a.example"] = []
    assert lookup("a.example") is None


@pytest.mark.parametrize("name", [f"{'a' * 64}.example", "a..example", ".".join(["a" * 60] * 5)])
def test_a_name_that_cannot_be_asked_for_does_not_exist(zone: Zone, lookup: Lookup, name: str) -> None:
    """The sender writes it: waiting for it would never end."""
    assert lookup(name) is None
    assert zone.asked == []


def test_a_server_that_cannot_tell_is_temporary(zone: Zone, lookup: Lookup) -> None:
    zone.missing = dns.rcode.SERVFAIL
    with pytest.raises(Temporary, match=r"no name server answered for a\.example"):
        lookup("a.example")


@pytest.mark.parametrize("fault", [Fault.SERVFAIL, Fault.REFUSED, Fault.SILENCE, Fault.GARBAGE])
def test_t54_a_fault_is_temporary_and_gone_when_the_server_is_well(zone: Zone, lookup: Lookup, fault: Fault) -> None:
    zone.records["a.example"] = ["here"]
    zone.faults["a.example"] = fault
    with pytest.raises(Temporary):
        lookup("a.example")
    del zone.faults["a.example"]
    assert lookup("a.example") == b"here"


def test_a_slow_server_is_waited_for(zone: Zone, lookup: Lookup) -> None:
    zone.records["a.example"] = ["here"]
    zone.faults["a.example"] = Fault.SLOW
    assert lookup("a.example") == b"here"


def test_t54_all_questions_about_one_mail_have_one_deadline(
    zone: Zone, lookups: Callable[[], Lookup], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolver, "PATIENCE", 0.9)
    zone.records = {f"{n}.example": ["here"] for n in range(5)}
    zone.faults = dict.fromkeys(zone.records, Fault.SLOW)
    lookup = lookups()
    assert lookup("0.example") == b"here"
    for n in (1, 2, 3):
        with pytest.raises(Temporary):
            lookup(f"{n}.example")
    assert "3.example" not in zone.asked, "nobody is asked when the time is up"
    assert lookups()("4.example") == b"here", "the next mail has its own"


def test_t54_no_more_than_ten_questions_are_asked_about_one_mail(zone: Zone, lookups: Callable[[], Lookup]) -> None:
    lookup = lookups()
    assert [lookup(f"{n}.example") for n in range(10)] == [None] * 10
    with pytest.raises(Temporary):
        lookup("10.example")
    assert len(zone.asked) == 10
    assert lookups()("10.example") is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
    ],
)
def test_a_name_server_is_an_address_with_or_without_a_port(text: str, place: tuple[str, int]) -> None:
    assert resolver.place(text) == place


@pytest.mark.parametrize(
    "text",
    ["", "dns.example", "localhost:53", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:70000", "::1:x", "[::1", "1:2:3"],
)
def test_what_is_no_address_is_refused_and_asks_nobody(text: str) -> None:
    with pytest.raises(ValueError, match="name server"):
        resolver.place(text)
    with pytest.raises(Temporary):
        resolver.lookups([text])()("a.example")
