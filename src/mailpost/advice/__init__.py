"""What recent mail shows about proof, and what to do about it: which word suits an author, and what is weak."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mailpost.advice.evidence import WORDS, Evidence, Signed, examine
from mailpost.advice.providers import meaning, named, teaches
from mailpost.advice.servers import Probe, Server, probe_fields, servers_of
from mailpost.author import Author, Require
from mailpost.blog import Blog
from mailpost.proof.verify import State

__all__ = ["Advice", "Evidence", "Probe", "Server", "Signed", "advise", "examine", "probe_fields"]

LONG_KEY = 2048  # bits
SOME = 3  # mails that are named
SPF = (
    "only SPF speaks for it, which knows the server that sent a mail and nothing of what is in it; it counts where"
    " trusted_servers says “NAME spf”, but a secret address is better"
)
CHEAPER = (Require.PROOF, Require.SECRET, Require.EITHER)


@dataclass(frozen=True, slots=True)
class Advice:
    """What is known of one address of an author.

    `mails` were looked at; `judged` of them were sent to a blog and could be judged, of which `passing` says how many
    each word would let through. `suits` is the strictest word that all judged mails of the author bring, None where
    there is none; `satisfied` says that the author's own word lets all of this address through. `signatures` and
    `servers` are what was seen, `below` the servers whose fields stand too far down to count, `means` what a proof
    proves. `held` and `weak` are sentences, `paste` pieces of config.toml.
    """

    author: str
    address: str
    blogs: tuple[str, ...]
    require: Require
    suits: Require | None
    satisfied: bool
    mails: int
    judged: int
    passing: Mapping[Require, int]
    signatures: tuple[tuple[Signed, int], ...]
    servers: tuple[Server, ...]
    below: tuple[str, ...]
    means: str
    held: tuple[str, ...]
    weak: tuple[str, ...]
    paste: tuple[str, ...]


def advise(
    blogs: Sequence[Blog], seen: Sequence[Evidence], trusted: Mapping[str, Sequence[str]], word: str = ""
) -> list[Advice]:
    """Advise on every address of every author.

    `trusted` are the `trusted_servers` of each mailbox by its name; `word` is that of a probe that was sent.
    """
    found = []
    for author, names in _authors(blogs):
        written = [each for each in seen if each.sender in author.addresses]
        suits = _suits(_judged(written, author.require))
        for address in sorted(author.addresses):
            mine = [each for each in written if each.sender == address]
            judged = _judged(mine, author.require)
            servers = servers_of(mine, seen, author.require, word)
            satisfied = author.require is Require.ASK or all(not each.outcomes[author.require] for each in judged)
            change = () if satisfied else _change(author, judged, servers)
            found.append(
                Advice(
                    author=author.name,
                    address=address,
                    blogs=names,
                    require=author.require,
                    suits=suits,
                    satisfied=satisfied,
                    mails=len(mine),
                    judged=len(judged),
                    passing={w: sum(not each.outcomes[w] for each in judged) for w in WORDS},
                    signatures=tuple(Counter(s for each in mine for s in each.signatures).most_common()),
                    servers=servers,
                    below=tuple(sorted({name for each in mine for name in each.below if name})),
                    means=meaning(address.rpartition("@")[2]),
                    held=tuple(_held(author.require, mine, judged)),
                    weak=tuple(_weak(author, mine, judged, servers)),
                    paste=(*change, *_trust(servers, trusted, wanted=not satisfied)),
                )
            )
    return found


def _authors(blogs: Sequence[Blog]) -> list[tuple[Author, tuple[str, ...]]]:
    """Each author once, with the names of the blogs."""
    authors = [author for blog in blogs for author in blog.authors]
    each = [author for n, author in enumerate(authors) if author not in authors[:n]]
    return [(author, tuple(blog.name for blog in blogs if author in blog.authors)) for author in each]


def _judged(mails: Sequence[Evidence], require: Require) -> list[Evidence]:
    """Those whose outcome says something about the author."""
    return [each for each in mails if each.outcomes and not _void(each, require)]


def _void(mail: Evidence, require: Require) -> str:
    """Why the outcome of a mail says nothing, if so."""
    if mail.failed:
        return "a trusted server says that somebody else wrote it"
    if mail.later and mail.outcomes.get(require):
        return "the sender's keys could not be looked up just now"
    if mail.posted and mail.outcomes.get(require) and any(s.state is State.UNKNOWN for s in mail.signatures):
        return "it was posted, and the keys of its signatures are not there any more"
    return ""


def _suits(judged: Sequence[Evidence]) -> Require | None:
    """The strictest word that all these mails bring."""
    strictest = (Require.BOTH, Require.PROOF, Require.SECRET, Require.EITHER)
    return next((w for w in strictest if judged and all(not each.outcomes[w] for each in judged)), None)


def _change(author: Author, judged: Sequence[Evidence], servers: Sequence[Server]) -> Iterator[str]:
    """Another word, where the author's own never works and trusting a server would not be enough.

    Where it does work, what it holds may be somebody else's, perhaps with a secret that has leaked: no reason to ask
    for less.
    """
    doubted = {name for server in servers if server.probe is Probe.KEPT for name in server.ids}
    if all(not each.believed and not doubted & {*each.servers} for each in judged if each.outcomes[author.require]):
        return
    if any(not each.outcomes[author.require] for each in judged):
        return
    word = _suits([each for each in judged if not each.outcomes[Require.EITHER]]) or Require.SECRET
    lines = [f"# [[author]] {_quoted(author.name)}", f'require = "{word}"']
    if word is not Require.PROOF and not author.secrets:
        lines.append('secrets = ["…"]  # what `mailpost secret` prints')
    yield "\n".join(lines)


def _trust(servers: Sequence[Server], trusted: Mapping[str, Sequence[str]], *, wanted: bool) -> Iterator[str]:
    """Whom to trust, and whom no longer. Nobody before a probe has shown that he may be."""
    for server in servers:
        names = list(trusted.get(server.mailbox, ()))
        if server.trusted and server.probe is Probe.KEPT:
            names = [name for name in names if not any(named(each, name.partition(" ")[0]) for each in server.ids)]
        elif wanted and server.helps and server.probe is Probe.REMOVED:
            names += [name for name in server.names if name not in names]
        else:
            continue
        mailbox = f" {_quoted(server.mailbox)}" if server.mailbox else ""
        yield f"# [[mailbox]]{mailbox}\ntrusted_servers = [{', '.join(map(_quoted, names))}]"


def _held(require: Require, mine: Sequence[Evidence], judged: Sequence[Evidence]) -> Iterator[str]:
    """Why mails were not, or would not be, posted."""
    reasons: dict[str, list[str]] = {}
    for each in judged if require is not Require.ASK else ():
        if each.outcomes[require]:
            reasons.setdefault(each.outcomes[require], []).append(each.name)
    for reason, names in reasons.items():
        more = ", …" if len(names) > SOME else ""
        yield f"{len(names)} of {len(judged)}: {reason} ({', '.join(names[:SOME])}{more})"
    void = Counter(why for each in mine if (why := _void(each, require)))
    yield from (f"{times} more: {why}" for why, times in void.most_common())


def _weak(
    author: Author, mine: Sequence[Evidence], judged: Sequence[Evidence], servers: Sequence[Server]
) -> Iterator[str]:
    """What is weak about the way these mails are proven."""
    for server in servers:
        if server.probe is Probe.KEPT:
            names = ", ".join(server.names)
            yield f"{names}: a forged field in this name was not removed. Do not trust it: anybody can write as it does"
    sound = [signed for each in mine for signed in each.signatures if signed.state is State.PASSED]
    for domain, bits in sorted({(signed.domain, signed.bits) for signed in sound if 0 < signed.bits < LONG_KEY}):
        yield f"the key of {domain} has {bits} bits; {LONG_KEY} are usual, and its owner can make a new one"
    reasons = Counter(_unsigned(each) for each in mine if not each.signatures)
    yield from (f"{times} of {len(mine)}: {reason}" for reason, times in reasons.most_common())
    if any(each.spf for each in judged):
        yield f"{sum(each.spf for each in judged)} of {len(judged)}: {SPF}"
    if any(each.altered for each in mine):
        yield "a server saw a signature pass that does not any more: mail is altered on its way here, as Exchange does"
    if author.require in (Require.PROOF, Require.EITHER) and any(
        teaches(each.sender.rpartition("@")[2]) for each in mine
    ):
        yield "a university signs for everybody in it; with “both” a secret address says who it was"
    if judged and author.require in CHEAPER and all(not each.outcomes[Require.BOTH] for each in judged):
        yield "each mail brings a proof and the secret address, so “both” would be stricter at no cost"
    elif judged and author.require is Require.SECRET and all(not each.outcomes[Require.PROOF] for each in judged):
        yield "each mail brings a proof as well, while a secret address gets about with every reply and copy"


def _unsigned(mail: Evidence) -> str:
    domain = mail.sender.rpartition("@")[2]
    if mail.strangers:
        return f"signed by {', '.join(sorted(mail.strangers))} only, which cannot speak for {domain}"
    return f"not signed with DKIM, by {domain} or its provider; mail within one provider often is not"


def _quoted(text: str) -> str:
    """A string of TOML."""
    return json.dumps(text, ensure_ascii=False)
