"""What receiving servers write about a sender, what pretends to be that, and what each provider's fields really look like.

The keys of the signatures here are gone from DNS, so only the servers' word is left.
"""

from collections.abc import Iterator

from mailpost.errors import Reason
from tests.forgery.signatures import swap
from tests.forgery.world import SERVER, Attempt, above, mail, sign

PASS = f"{SERVER}; dkim=pass header.d=legit.example; dmarc=pass header.from=legit.example"
HOP = f"Received: from mail.legit.example by {SERVER}; Sun, 1 Mar 2026 12:00:05 +0000\r\n"
OURS = (SERVER,)


def field(value: str) -> str:
    return f"Authentication-Results: {value}\r\n"


def said(statements: str) -> str:
    return field(f"{SERVER}; {statements}")


# What a trusted server says on top of the mail, and what does not follow from it.
SAYS = {
    "nothing": "none",
    "another domain": "dkim=pass header.d=attack.example; dmarc=pass header.from=attack.example",
    "another domain with our identity": "dkim=pass header.d=attack.example header.i=@legit.example",
    "a top-level domain": "dkim=pass header.d=example",
    "a domain that ends alike": "dkim=pass header.d=notlegit.example",
    "a domain that begins alike": "dmarc=pass header.from=legit.example.attack.example",
    "a subdomain in DMARC": "dmarc=pass header.from=mail.legit.example",
    "an address in DMARC": "dmarc=pass header.from=ann@legit.example",
    "DMARC of nobody": "dmarc=pass",
    "DMARC, which rests on nothing": "dmarc=pass header.from=legit.example",
    "SPF alone": "spf=pass smtp.mailfrom=ann@legit.example",
    "SPF of the greeting": "spf=pass smtp.helo=legit.example",
    "T12-DMARC by SPF": "spf=pass smtp.mailfrom=ann@legit.example; dmarc=pass header.from=legit.example",
    "a guess": "dmarc=bestguesspass header.from=legit.example",
    "a word of its own": "dkim=dkim_pass header.d=legit.example; dmarc=success header.from=legit.example",
    "neutral": "dkim=neutral header.d=legit.example",
    "a failure": "dkim=fail header.d=legit.example",
    "a method of its own": "x-dkim=pass header.d=legit.example",
    "a method of the next version": "dkim/2=pass header.d=legit.example",
    "ARC": "arc=pass (i=1 dkim=pass dkdomain=legit.example) header.d=legit.example",
    "a login": "auth=pass smtp.auth=ann@legit.example",
    "T07-a pass in a comment": "spf=fail (dkim=pass header.d=legit.example; dmarc=pass header.from=legit.example)",
    "T07-a pass in a string": 'spf=fail smtp.mailfrom="x; dkim=pass header.d=legit.example"',
    "T07-a pass behind an open comment": "spf=fail (x; dkim=pass header.d=legit.example",
    "T07-a comment that touches": "dkim=pass header.d=legit.example(.attack.example)",
    "T07-a comment before": "dkim=pass header.d=(attack.example)legit.example",
    "T07-a string that touches": 'dkim=pass header.d=legit.example".attack.example"',
    "T07-a quote in the domain": "dkim=pass header.d=legit.example'a.attack.example",
    "T07-two domains": "dkim=pass header.d=legit.example header.d=attack.example",
    "T07-no domain after the word": "dkim=pass header.d= legit.example.attack.example",
    "T07-an address in an address": "dkim=pass header.i=ann@legit.example@attack.example",
    "T07-a full-width domain": "dkim=pass header.d=ｌegit.example",
    "T07-the sign for Kelvin": "dkim=pass header.d=legit.example\u212a",
    "nothing but words": "dkim pass header.d legit.example",
}
# Fields in the name of a trusted server where that server would not have written them.
NAMES = {
    "a name that goes on": f"{SERVER}.attack.example",
    "a name that begins earlier": f"a{SERVER}",
    "a subdomain of the name": f"a.{SERVER}",
    "the name as a comment": f"({SERVER}) mx.attack.example",
    "the name behind another": f"mx.attack.example {SERVER}",
    "the name without its end": SERVER.removesuffix(".example"),
    "the name with a point": f"{SERVER}.",
    "no name": "",
    "version 2": f"{SERVER} 2",
    "version 1 twice": f"{SERVER} 1 1",
    "the sign for Kelvin": SERVER.replace("mx", "m\u212a"),
    "a Cyrillic letter": SERVER.replace("x", "\u0445"),
}


def forged() -> Iterator[Attempt]:
    """T05, T06, T07: nothing of this may be taken for the word of a trusted server about a mail that is the author's."""
    gone = sign(s="gone")
    for name, statements in SAYS.items():
        yield Attempt(f"T07-a server says: {name}", above(said(statements) + HOP, gone), Reason.UNPROVEN, OURS)
        yield Attempt(
            f"T07-unsigned, a server says: {name}", above(said(statements) + HOP, mail()), Reason.UNPROVEN, OURS
        )
    rest = PASS.removeprefix(SERVER)
    for name, server in NAMES.items():
        yield Attempt(f"T06-{name}", above(field(server + rest), gone), Reason.UNPROVEN, OURS)
        below = said("none") + HOP + field(server + rest)
        yield Attempt(f"T06-{name}, below the true one", above(below, gone), Reason.UNPROVEN, OURS)
    yield Attempt("T05-nothing at all", mail(), Reason.UNPROVEN, OURS)
    yield Attempt("T06-a server nobody trusts", above(field(PASS), gone), Reason.UNPROVEN)
    yield Attempt("T06-another server is trusted", above(field(PASS), gone), Reason.UNPROVEN, ("mx.elsewhere.example",))
    for name in (
        "ARC-Authentication-Results",
        "X-Authentication-Results",
        "Original-Authentication-Results",
        "Received-SPF",
    ):
        yield Attempt(f"T14-a field named {name}", above(f"{name}: i=1; {PASS}\r\n", gone), Reason.UNPROVEN, OURS)
    yield from _below(gone)
    yield from _gate(gone)
    for word in ("dmarc=fail header.from=legit.example", "dkim=pass header.d=legit.example; dmarc=fail (p=NONE)"):
        yield Attempt(f"T06-a server says {word}", above(said(word), gone), Reason.FORGED, OURS)
        yield Attempt(f"T06-a server says {word} of a good signature", above(said(word), sign()), Reason.FORGED, OURS)
    spoiled = swap(sign(), "crocus", "casino")
    yield Attempt("C.5.4-a pass that our own eyes refute", above(field(PASS), spoiled), Reason.FORGED, OURS)
    for tag in ({"l": "10"}, {"names": "from:to:date"}, {"s": "testing"}, {"s": "weak"}):
        weak = sign(**tag)  # type: ignore[arg-type]
        yield Attempt(f"C.5.5-a pass for a weak signature, {tag}", above(field(PASS), weak), Reason.UNPROVEN, OURS)
    private = sign({"To": "zoe@friends.example"}, s="gone")
    sent_on = above("Delivered-To: blog@posts.example\r\n" + field(PASS), private)
    yield Attempt("C.5.5-a pass for a mail to somebody else", sent_on, Reason.UNPROVEN, OURS)
    yield Attempt("C.5.5-a pass for a mail without a signature", above(field(PASS), mail()), Reason.UNPROVEN, OURS)
    stale = sign({"Date": "Sat, 21 Feb 2026 12:00:00 +0000"}, s="gone")
    yield Attempt("C.5.5-a pass for an old mail", above(field(PASS), stale), Reason.STALE, OURS)


def _below(gone: bytes) -> Iterator[Attempt]:
    """T06: the true verdict stands on top, and the forged one where the sender could write."""
    true = {
        "that says no": said("dkim=none; dmarc=none header.from=legit.example"),
        "that says fail": said("dkim=fail header.d=legit.example; dmarc=fail"),
        "that cannot be read": field(f"{SERVER}; dkim=pass header.d=x(y)"),
    }
    for name, top in true.items():
        for gap in (HOP, "", "X-Spam: no\r\n"):
            where = f"T06-forged below one {name}, {gap.partition(':')[0] or 'nothing'} between"
            yield Attempt(where, above(top + gap + field(PASS), gone), Reason.FORGED, OURS)
    quiet = said("dkim=pass header.d=legit.example")
    for gap in ("", "X-Spam: no\r\n"):
        raw = above(said("dkim=none; spf=none") + gap + quiet, gone)
        yield Attempt(f"T06-only dkim forged, {gap.strip() or 'nothing'} between", raw, Reason.UNPROVEN, OURS)
    silent = said("x-spam=no") + HOP + field(PASS)
    yield Attempt("T06-forged below one that says nothing of it", above(silent, gone), Reason.FORGED, OURS)
    between = said("none") + field("mx.attack.example; none") + field(PASS)
    yield Attempt("T06-another server's field between", above(between, gone), Reason.FORGED, OURS)


def _gate(gone: bytes) -> Iterator[Attempt]:
    """T06: fields that only some readers see."""
    for name, top in {
        "a bare CR": f"X-A: y\r{field(PASS)}",
        "a bare LF": f"X-A: y\n{field(PASS)}",
        "a NUL": f"X-A: y\0\r\n{field(PASS)}",
        "a form feed": f"X-A: y\f{field(PASS)}",
        "a vertical tab": f"X-A: y\v{field(PASS)}",
        "an escape": f"X-A: \x1b[2J\r\n{field(PASS)}",
        "a record separator": f"X-A: y\x1e{field(PASS)}",
    }.items():
        yield Attempt(f"T06-a field behind {name}", above(top, gone), Reason.CONTROLS, OURS)
    for name, top in {
        "behind a space": " " + field(PASS),
        "with a space in its name": field(PASS).replace(":", " :", 1),
        "with a folded name": field(PASS).replace("-", "-\r\n ", 1),
        "without a colon": "Authentication-Results\r\n",
    }.items():
        yield Attempt(f"T06-a field {name}", above(top, gone), Reason.HEADER_NAME, OURS)
    long = field(f"{PASS}; x=({'y' * 8100})")
    yield Attempt("T06-a field of more than eight thousand bytes", above(long, gone), Reason.HEADER_SIZE, OURS)


# Each provider's fields as they stand in mail: which server is trusted, and what it wrote.
GMAIL = (
    "Delivered-To: ann.posts@gmail.example\r\n"
    "Received: by 2002:a05:1 with SMTP id x; Sun, 1 Mar 2026 04:00:05 -0800 (PST)\r\n"
    "X-Received: by 2002:a05:2 with SMTP id y; Sun, 1 Mar 2026 04:00:05 -0800 (PST)\r\n"
    "ARC-Seal: i=1; a=rsa-sha256; t=1772366405; cv=none; d=google.com; s=arc; b=AAAA\r\n"
    "ARC-Authentication-Results: i=1; mx.google.com; dkim=pass header.i=@legit.example\r\n"
    "Return-Path: <ann@legit.example>\r\n"
    "Received: from mail.legit.example (mail.legit.example. [192.0.2.1]) by mx.google.com\r\n"
    "Received-SPF: pass (google.com: domain of ann@legit.example) client-ip=192.0.2.1;\r\n"
    "Authentication-Results: mx.google.com;\r\n       "
)
RECEIVED = "Received: from mail.legit.example by {}; Sun, 1 Mar 2026 12:00:05 +0000\r\n"
ICLOUD = (
    'Authentication-Results: bimi.icloud.com; bimi=skipped reason="insufficient dmarc"\r\n'
    "X-ARC-Info: policy=fail; arc=none\r\n"
    "Authentication-Results: dmarc.icloud.com; dmarc=pass header.from=legit.example\r\n"
    "X-DMARC-Info: pass=pass; dmarc-policy=none; s=r1; d=r1; pdomain=legit.example\r\n"
    "Authentication-Results: dkim-verifier.icloud.com;\r\n\tdkim=pass (2048-bit key) header.d=legit.example"
    " header.i=@legit.example header.b=AbCd\r\n"
    "Authentication-Results: spf.icloud.com; spf=pass (spf.icloud.com: domain of ann@legit.example designates"
    " 192.0.2.1 as permitted sender) smtp.mailfrom=ann@legit.example\r\n"
)
FASTMAIL = (
    "Authentication-Results: mx4.messagingengine.com; x-csa=none; x-me-sender=none; x-ptr=pass smtp.helo=m.legit.example\r\n"
    "Authentication-Results: mx4.messagingengine.com; bimi=skipped (DMARC Policy is not at enforcement)\r\n"
    "Authentication-Results: mx4.messagingengine.com; arc=none (no signatures found)\r\n"
    "Authentication-Results: mx4.messagingengine.com;\r\n    dkim=pass (2048-bit rsa key sha256) header.d=legit.example"
    " header.i=@legit.example header.b=x9 header.a=rsa-sha256 header.s=gone x-bits=2048;\r\n    dmarc=pass"
    " policy.published-domain-policy=none (p=none,d=none,d.eval=none) policy.policy-from=p header.from=legit.example;\r\n"
    "    iprev=pass smtp.remote-ip=192.0.2.1 (m.legit.example);\r\n    spf=pass smtp.mailfrom=ann@legit.example\r\n"
)
PROVIDERS: dict[str, tuple[str, str]] = {
    "Gmail, header.i": (
        "mx.google.com",
        GMAIL
        + "dkim=pass header.i=@legit.example header.s=gone header.b=AbC/+=;\r\n       spf=pass (google.com: domain"
        " of ann@legit.example designates 192.0.2.1 as permitted sender) smtp.mailfrom=ann@legit.example;\r\n"
        "       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=legit.example\r\n",
    ),
    "Gmail, header.d": (
        "mx.google.com",
        GMAIL + "dkim=pass header.d=legit.example header.s=gone;\r\n       dmarc=pass\r\n",
    ),
    "Fastmail, the fourth field": ("*.messagingengine.com", FASTMAIL + RECEIVED.format("mx4.internal")),
    "iCloud, four names": ("*.icloud.com", ICLOUD + RECEIVED.format("p00-icloudmta.example")),
    "iCloud, the one name": ("dkim-verifier.icloud.com", ICLOUD[ICLOUD.index("Authentication-Results: dkim") :]),
    "GMX": ("gmx.net", "Authentication-Results: gmx.net; dkim=pass header.i=@legit.example\r\n"),
    "Zoho": (
        "mx.zohomail.eu",
        (
            "Authentication-Results: mx.zohomail.eu;\r\n\tdkim=pass;\r\n\tdkim=pass  header.i=legit.example;\r\n"
            "\tspf=pass (zohomail.eu: domain of legit.example designates 192.0.2.1 as permitted sender)"
            " smtp.mailfrom=ann@legit.example;\r\n\tdmarc=pass(p=none) header.from=ann@legit.example;\r\n"
        ),
    ),
    "mail.ru": (
        "mxs.mail.ru",
        (
            "Authentication-Results: mxs.mail.ru; spf=pass (mx1.i.mail.ru: domain of legit.example designates 192.0.2.1 as"
            " permitted sender) smtp.mailfrom=ann@legit.example smtp.helo=m.legit.example;\r\n\t dkim=pass"
            " header.d=legit.example; dmarc=pass header.from=ann@legit.example\r\n"
        ),
    ),
    "Yandex": (
        "*.qloud-c.yandex.net",
        (
            "Authentication-Results: vla1-x.qloud-c.yandex.net; spf=pass (vla1-x.qloud-c.yandex.net: domain of legit.example"
            " designates 192.0.2.1 as permitted sender, rule=[ip4:192.0.2.1]) smtp.mail=ann@legit.example; dkim=pass"
            " header.i=@legit.example\r\n"
        ),
    ),
    "Posteo, several": (
        "posteo.de",
        (
            "Authentication-Results: posteo.de; dmarc=pass (p=none dis=none) header.from=legit.example\r\n"
            "Authentication-Results: posteo.de; spf=pass smtp.mailfrom=legit.example\r\n"
            "Authentication-Results: posteo.de;\r\n\tdkim=pass (2048-bit key) header.d=legit.example header.i=@legit.example"
            ' header.b="AbCd/e+f";\r\n\tdkim-atps=neutral\r\n'
        ),
    ),
    "Infomaniak, several": (
        "mx.infomaniak.com",
        (
            "Authentication-Results: mx.infomaniak.com; dmarc=pass (p=none dis=none) header.from=legit.example\r\n"
            "Authentication-Results: mx.infomaniak.com;\r\n\tdkim=pass (2048-bit key; unprotected) header.d=legit.example\r\n"
        ),
    ),
    "mail.de": (
        "*.mail.de",
        (
            "Authentication-Results: mxpostfix02.mail.de;\r\n\tdkim=pass (2048-bit key; unprotected) header.d=legit.example"
            ' header.i=@legit.example header.a=rsa-sha256 header.s=gone header.b="AbC";\r\n\tdkim-atps=neutral\r\n'
        ),
    ),
    "Riseup": (
        "mx1.riseup.net",
        (
            "Authentication-Results: mx1.riseup.net;\r\n\tdkim=pass (2048-bit key; unprotected) header.d=legit.example"
            " header.i=@legit.example header.a=rsa-sha256 header.s=gone header.b=AbC;\r\n\tdkim-atps=neutral\r\n"
        ),
    ),
    "Proton": (
        "*.protonmail.ch",
        (
            "Authentication-Results: mailin027.protonmail.ch; dmarc=pass (p=none dis=none) header.from=legit.example\r\n"
            "Authentication-Results: mailin027.protonmail.ch; spf=pass smtp.mailfrom=legit.example\r\n"
            "Authentication-Results: mailin027.protonmail.ch; arc=none smtp.remote-ip=192.0.2.1\r\n"
            "Authentication-Results: mailin027.protonmail.ch; dkim=pass (Good 2048 bit rsa-sha256 signature)"
            " header.d=legit.example header.a=rsa-sha256\r\n"
        ),
    ),
    "rspamd": (
        "mx.posts.example",
        (
            "Authentication-Results: mx.posts.example;\r\n\tdkim=pass header.d=legit.example header.s=gone header.b=AbC;\r\n"
            "\tspf=pass (mx.posts.example: domain of ann@legit.example designates 192.0.2.1 as permitted sender)"
            " smtp.mailfrom=ann@legit.example;\r\n\tdmarc=pass (policy=none) header.from=legit.example\r\n"
        ),
    ),
    "OpenDKIM and OpenDMARC": (
        "mx.posts.example",
        (
            "Authentication-Results: mx.posts.example; dmarc=pass (p=none dis=none) header.from=legit.example\r\n"
            "Authentication-Results: mx.posts.example;\r\n\tdkim=pass (2048-bit key; unprotected) header.d=legit.example"
            " header.i=@legit.example header.b=AbC/;\r\n\tdkim-atps=neutral\r\n"
        ),
    ),
    "Exim": (
        "mx.posts.example",
        (
            "Authentication-Results: mx.posts.example;\r\n\tiprev=pass (mail.legit.example) smtp.remote-ip=192.0.2.1;\r\n"
            "\tspf=pass smtp.mailfrom=legit.example;\r\n\tdkim=pass header.d=legit.example header.s=gone header.a=rsa-sha256;\r\n"
            "\tdmarc=pass header.from=legit.example\r\n"
        ),
    ),
}
# Whose word cannot be believed: a mail of theirs needs a signature that can be verified here, or a secret address.
DUMB = {
    "Yahoo, in words of its own": (
        "*.yahoo.com",
        (
            "Authentication-Results: atlas1.free.mail.bf1.yahoo.com;\r\n dkim=dkim_pass header.i=@legit.example header.s=gone;\r\n"
            " spf=pass smtp.mailfrom=legit.example;\r\n dmarc=success(p=NONE) header.from=legit.example;\r\n"
        ),
    ),
    "Microsoft, without a name": (
        "spf=pass",
        (
            "Authentication-Results: spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=legit.example; posts.example; dkim=pass"
            " (signature was verified) header.d=legit.example;posts.example; dmarc=pass action=none"
            " header.from=legit.example;compauth=pass reason=100\r\n"
        ),
    ),
    "Mailo, nothing": ("mailo.com", "X-Spam-Status: No\r\n"),
}


def dumb() -> Iterator[Attempt]:
    for name, (trusted, fields) in DUMB.items():
        yield Attempt(f"T05-{name}", above(fields, sign(s="gone")), Reason.UNPROVEN, (trusted,))


def genuine() -> Iterator[Attempt]:
    """The author's mail, whose key is gone, as each provider vouches for it; and with a key, whatever they write."""
    for name, (trusted, fields) in PROVIDERS.items():
        yield Attempt(f"{name}, the key is gone", above(fields, sign(s="gone")), trusted=(trusted,))
        yield Attempt(f"{name}, the key server is down", above(fields, sign(s="down")), trusted=(trusted,))
        foreign = fields + HOP + "Authentication-Results: aaa.example; dkim=pass header.d=evil.example\r\n"
        yield Attempt(f"{name}, a field of another server below", above(foreign, sign(s="gone")), trusted=(trusted,))
    for name, (trusted, fields) in {**PROVIDERS, **DUMB}.items():
        yield Attempt(f"{name}, nobody trusts it", above(fields, sign()))
        yield Attempt(f"{name}, trusted and signed", above(fields, sign()), trusted=(trusted,))
    by_spf = said("spf=pass smtp.mailfrom=ann@legit.example; dmarc=pass header.from=legit.example")
    yield Attempt("SPF, where the operator lets it count", above(by_spf + HOP, mail()), trusted=(f"{SERVER} spf",))
    again = field(PASS) + HOP + field(PASS) + HOP
    yield Attempt("the same server twice on the way", above(again, sign(s="gone")), trusted=OURS)
