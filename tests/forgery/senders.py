"""Who a mail says it is from: what attackers write there, and the attacks of the espoofer study.

Each form of From is tried with the strongest help an attacker can get: a sound signature of the author's own domain,
as of somebody who has an account there, and a trusted server that vouches for the attacker's domain.
"""

from collections.abc import Iterator

from mailpost.errors import Reason
from tests.forgery.world import SERVER, Attempt, above, mail, sign

FORMS = """
ann@legit.example, eve@attack.example
eve@attack.example, ann@legit.example
Ann <ann@legit.example>, Eve <eve@attack.example>
<ann@legit.example> <eve@attack.example>
<ann@legit.example><eve@attack.example>
ann@legit.example <eve@attack.example>
ann@legit.example<eve@attack.example>
<eve@attack.example>ann@legit.example
Ann <ann@legit.example> eve@attack.example
eve@attack.example <ann@legit.example
ann@legit.example>
<<ann@legit.example>>
<ann@legit.example
Ann <@attack.example:ann@legit.example>
<@attack.example,@any.example:ann@legit.example>
Friends: ann@legit.example;
Friends: ann@legit.example, eve@attack.example;
undisclosed-recipients:;
ann@legit.example (Ann)
(ann@legit.example) eve@attack.example
ann(eve@attack.example)@legit.example
Ann <ann@legit.example> (eve@attack.example)
(((((ann@legit.example)))))
ann@legit.example@attack.example
<ann@legit.example@attack.example>
"ann@legit.example <ann"@attack.example
"ann@legit.example"@attack.example
<"ann@legit.example> "@attack.example>
"ann"@legit.example
ann@[192.0.2.1]
ann@localhost
ann
@legit.example
ann@
ann@legit..example
.ann@legit.example
ann.@legit.example
ann@-legit.example
ann@legit.example.
ann @legit.example
ann@ legit.example
ann@legit .example
аnn@legit.example
ann@lеgit.example
ann@leg\u0131t.example
ann@legit\u00ad.example
ann@ｌegit.example
ａｎｎ@legit.example
ann@legit。example
ann\u200b@legit.example
=?utf-8?q?ann=40legit=2Eexample?=
=?us-ascii?q?ann?=@legit.example
=?utf-8?q?Ann_=3Cann=40legit=2Eexample=3E?=
=?utf-8?b?PGFubkBsZWdpdC5leGFtcGxlPg==?=, <eve@attack.example>
<ann@legit.example>\\,<eve@attack.example>
ann@legit.example,<eve@attack.example>
Ann; ann@legit.example
ann@legit.example; eve@attack.example
Ann \\<ann@legit.example>
ann%attack.example@legit.example@attack.example
""".strip().split("\n")

STRANGERS = """
"Ann <ann@legit.example>" <eve@attack.example>
"ann@legit.example" <eve@attack.example>
=?utf-8?q?ann=40legit=2Eexample?= <eve@attack.example>
Ann <ann@legit.example.attack.example>
Ann <ann@xn--lgit-epa.example>
Ann <ann@mail.legit.example>
Ann <ann+blog@legit.example>
Ann <ann%legit.example@attack.example>
Ann via friends <friends@lists.example>
""".strip().split("\n")

VOUCHED = (
    f"Authentication-Results: {SERVER}; dkim=pass header.d=attack.example; dmarc=pass header.from=attack.example\r\n"
)


def forms() -> Iterator[Attempt]:
    """T03, T04, T13: one field From, which is not one plain address or is another's."""
    for reason, values in ((Reason.SENDER_FORM, FORMS), (Reason.STRANGER, STRANGERS)):
        for value in values:
            shown = value.encode("ascii", "backslashreplace").decode()
            yield Attempt(f"T03-{shown}, signed", sign({"From": value}), reason)
            yield Attempt(f"T03-{shown}, vouched for", above(VOUCHED, mail({"From": value})), reason, (SERVER,))


def elsewhere() -> Iterator[Attempt]:
    """T15: the author stands in another field, or in the body."""
    stranger = {"From": "Eve <eve@attack.example>"}
    for name in (
        "Sender",
        "Reply-To",
        "Resent-From",
        "Resent-Sender",
        "X-Original-From",
        "Original-From",
        "Return-Path",
    ):
        raw = sign(stranger | {name: "Ann <ann@legit.example>"}, d="attack.example")
        yield Attempt(f"T15-the author in {name}", above(VOUCHED, raw), Reason.STRANGER, (SERVER,))
    quoted = (
        "---------- Forwarded message ---------\r\nFrom: Ann <ann@legit.example>\r\nSubject: Spring\r\n\r\nHello\r\n"
    )
    yield Attempt("T15-the author in the body", sign(stranger, body=quoted, d="attack.example"), Reason.STRANGER)
    yield Attempt("T03-no sender at all", sign({"From": None}, names="to:subject:date"), Reason.SENDER_FORM)
    leaked = sign(stranger | {"To": "blog+k7k7k7k7k7k7k7k7@posts.example"}, d="attack.example")
    yield Attempt("T16-a stranger who knows the secret address", leaked, Reason.STRANGER)
    service = {"From": "Sign-up <no-reply@service.example>", "Subject": "Confirm your address"}
    yield Attempt("T18-a service that was given the blog's address", mail(service), Reason.STRANGER)


# What the study's attacks put where From belongs, what the mail says who it is from when it is read here, and what a
# server that fell for it wrote (section 4 of Chen, Paxson, Jiang: Composition Kills, 2020).
OWN = "spf=pass smtp.mailfrom=any@attack.example; dmarc=pass header.from=attack.example"
TRUE = "From: <ann@legit.example>\r\n"
CASES: dict[str, tuple[str, Reason, str]] = {
    "a1 a subdomain that does not exist": (
        TRUE,
        Reason.UNPROVEN,
        "spf=pass smtp.mailfrom=any@mailfrom.notexist.legit.example; dmarc=pass header.from=legit.example",
    ),
    "a2 an empty sender of the envelope": (
        TRUE,
        Reason.UNPROVEN,
        "spf=pass smtp.mailfrom=(any@legit.example; dmarc=pass header.from=legit.example",
    ),
    "a3 a NUL in the selector": (
        "DKIM-Signature: v=1; a=rsa-sha256; d=legit.example; s=sel._domainkey.attack.example.\0.any; h=from; bh=AAAA;"
        " b=AAAA\r\n" + TRUE,
        Reason.CONTROLS,
        "dkim=pass header.d=legit.example; dmarc=pass header.from=legit.example",
    ),
    "a4 a quote in the domain of a signature": (
        TRUE,
        Reason.UNPROVEN,
        "dkim=pass header.d=legit.example'a.attack.example; dmarc=pass header.from=legit.example",
    ),
    "a5 a comment in the sender of the envelope": (
        TRUE,
        Reason.UNPROVEN,
        "spf=pass smtp.mailfrom=any@legit.example(a.attack.example; dmarc=pass header.from=legit.example",
    ),
    "a6 a quote in the sender of the envelope": (
        TRUE,
        Reason.UNPROVEN,
        "spf=pass smtp.mailfrom=any@legit.example'@any.attack.example; dmarc=pass header.from=legit.example",
    ),
    "a7 a route in the sender of the envelope": (
        TRUE,
        Reason.UNPROVEN,
        "spf=pass smtp.mailfrom=@legit.example,@any.example:'any@attack.example; dmarc=pass header.from=legit.example",
    ),
    "a8 two fields": ("From: <any@attack.example>\r\n" + TRUE, Reason.DOUBLED, OWN),
    "a9 two, the first behind a space": (" From: <any@attack.example>\r\n" + TRUE, Reason.HEADER_NAME, OWN),
    "a10 two, the second with a space": (
        "From: <any@attack.example>\r\nFrom : <ann@legit.example>\r\n",
        Reason.HEADER_NAME,
        OWN,
    ),
    "a11 two, the first folded": ("From\r\n : <any@attack.example>\r\n" + TRUE, Reason.HEADER_NAME, OWN),
    "a12 a folded field and Sender": (
        "From\r\n : <any@attack.example>\r\nSender: <ann@legit.example>\r\n",
        Reason.HEADER_NAME,
        OWN,
    ),
    "a13 a folded field and Resent-From": (
        "From\r\n : <any@attack.example>\r\nResent-From: <ann@legit.example>\r\n",
        Reason.HEADER_NAME,
        OWN,
    ),
    "a14 two addresses": ("From: <any@attack.example>, <ann@legit.example>\r\n", Reason.SENDER_FORM, OWN),
    "a15 an encoded address": (
        "From:=?utf-8?B?PGFubkBsZWdpdC5leGFtcGxlPg==?=,<any@attack.example>\r\n",
        Reason.SENDER_FORM,
        OWN,
    ),
    "a16 a route": ("From: <@attack.example,@any.example:ann@legit.example>\r\n", Reason.SENDER_FORM, OWN),
    "a17 a quoted pair": ("From: <ann@legit.example>\\,<any@attack.example>\r\n", Reason.SENDER_FORM, OWN),
    "a18 an address before the comma": ("From: ann@legit.example,<any@attack.example>\r\n", Reason.SENDER_FORM, OWN),
    "a19 an address behind the address": ("From: <any@attack.example>ann@legit.example\r\n", Reason.SENDER_FORM, OWN),
}
FORGED = f"Authentication-Results: {SERVER}; dkim=pass header.d=legit.example; dmarc=pass header.from=legit.example\r\n"
HOP = f"Received: from attack.example by {SERVER}; Sun, 1 Mar 2026 12:00:05 +0000\r\n"


def espoofer() -> Iterator[Attempt]:
    """T02, T03, T07: each attack of the study without a server's word, with a forged one, and with a fooled one.

    A server that is not fooled writes its own verdict above what it was given, and never lets it pass as forged.
    """
    honest = f"Authentication-Results: {SERVER}; dkim=none; dmarc=fail header.from=legit.example\r\n{HOP}"
    gate = {Reason.CONTROLS, Reason.DOUBLED, Reason.HEADER_NAME, Reason.SENDER_FORM}
    for name, (sender, reason, fooled) in CASES.items():
        rest = mail({"From": None})
        for first, raw in (("unsigned", b""), ("signed by himself", sign(d="attack.example").partition(b"From:")[0])):
            folded = sender.startswith(" ")  # alone it continues nothing, below other fields the last of them
            attack = above(sender, raw + rest) if folded else above(raw + sender.encode(), rest)
            behind = Reason.UNPROVEN if folded else reason
            says = f"T02-{name}, {first}"
            yield Attempt(says, attack, reason)
            yield Attempt(f"{says}, forged results", above(FORGED, attack), behind)
            caught = behind if behind in gate else Reason.FORGED
            yield Attempt(f"{says}, forged below true ones", above(honest + FORGED, attack), caught, (SERVER,))
            real = f"Authentication-Results: {SERVER}; {fooled}\r\n{HOP}"
            yield Attempt(f"{says}, the word of a fooled server", above(real, attack), behind, (SERVER,))


def accounts() -> Iterator[Attempt]:
    """T02, T11: the attacker has an account with the author's provider, which signs whatever he writes."""
    two = above("From: <eve@legit.example>\r\n", sign())
    yield Attempt("T02-client a1 two fields", two, Reason.DOUBLED)
    pair = sign({"From": "<eve@legit.example>, <ann@legit.example>"})
    yield Attempt("T02-client a2 two addresses", pair, Reason.SENDER_FORM)
    uma = {"From": "Uma <uma@campus.example>"}
    alike = sign(uma, d="campus.example")
    yield Attempt(
        "T11-client a3 the author's address, where a secret is required as well", alike, Reason.SECRET_MISSING
    )
    guess = sign(uma | {"To": "blog+u3u3u3u3u3u3u3u4@posts.example"}, d="campus.example")
    yield Attempt("T11-client a3 with a wrong secret", guess, Reason.SECRET_MISSING)
    stolen = mail(uma | {"To": "blog+u3u3u3u3u3u3u3u3@posts.example"})
    yield Attempt("T16-the secret without a signature, where both are required", stolen, Reason.UNPROVEN)
