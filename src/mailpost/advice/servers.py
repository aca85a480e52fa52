"""What is to be thought of the servers that receive an author's mail (RFC 8601, section 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mailpost.advice.evidence import PROBE, PROBE_FIELD, Evidence
from mailpost.advice.providers import NAMELESS, named, names_to_trust, provider_of
from mailpost.author import Require


class Probe(StrEnum):
    """Whether a server takes out what somebody else has written in its name."""

    UNTESTED = "untested"
    REMOVED = "removed"
    KEPT = "kept"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Server:
    """A mailbox's server, by `names`: what `trusted_servers` would hold, nothing where it says no name.

    `ids` are those seen in `mails`, `says` its verdicts, `trusted` whether the configuration trusts it, `helps` how
    many mails its word would let through that are held now.
    """

    mailbox: str
    provider: str
    names: tuple[str, ...]
    ids: tuple[str, ...]
    says: tuple[str, ...]
    mails: int
    trusted: bool
    helps: int
    probe: Probe
    beware: str


def servers_of(
    mine: Sequence[Evidence], everything: Sequence[Evidence], require: Require, word: str
) -> tuple[Server, ...]:
    """The servers that stand topmost in an author's mails; `word` is the one of the probe that was sent."""
    groups: dict[tuple[str, tuple[str, ...]], list[Evidence]] = {}
    for each in mine:
        if each.servers:
            groups.setdefault((each.mailbox, names_to_trust(each.servers[0])), []).append(each)
    return tuple(
        _server(mailbox, names, mails, require, judge(names, [e for e in everything if e.mailbox == mailbox], word))
        for (mailbox, names), mails in groups.items()
    )


def _server(mailbox: str, names: tuple[str, ...], mails: Sequence[Evidence], require: Require, probe: Probe) -> Server:
    provider = provider_of(mails[0].servers[0])
    ids = sorted({each for mail in mails for each in mail.servers if any(named(each, name) for name in names)})
    return Server(
        mailbox=mailbox,
        provider=provider.name if provider else "",
        names=names,
        ids=tuple(ids),
        says=tuple(sorted({said for mail in mails for said in mail.said})),
        mails=len(mails),
        trusted=any(each in mail.trusted for mail in mails for each in ids),
        helps=sum(bool(mail.outcomes.get(require)) and not mail.believed for mail in mails),
        probe=probe,
        beware=provider.beware if provider else "" if names else NAMELESS,
    )


def judge(names: Sequence[str], mails: Sequence[Evidence], word: str) -> Probe:
    """What probes have shown in the mails of one mailbox. A forged field that got through counts whoever sent it.

    That nothing got through counts only beside the field in the name of a server that nobody is: else the field may
    have been lost on its way to us, or never have been there.
    """
    if any(named(server, name) for mail in mails for server in mail.forged for name in names):
        return Probe.KEPT
    sent = [mail for mail in mails if word and mail.probe[:1] == (word,) and {*names} <= {*mail.probe[1:]}]
    if not sent:
        return Probe.UNTESTED
    return Probe.REMOVED if any(PROBE in mail.forged for mail in sent) else Probe.UNCLEAR


def probe_fields(server: Server, word: str) -> list[str]:
    """The fields of a mail that tells whether these names can be trusted.

    A pattern trusts names that nobody has seen yet, so one of those is tried as well.
    """
    made_up = [f"probe{name[1:]}" for name in server.names if name.startswith("*.")]
    exact = [name for name in server.names if not name.startswith("*.")]
    ids = dict.fromkeys([*exact, *server.ids, *made_up, PROBE])
    claims = [f"Authentication-Results: {name}; dkim=pass header.d={PROBE}" for name in ids]
    return [f"{PROBE_FIELD}: {' '.join([word, *server.names])}", *claims]
