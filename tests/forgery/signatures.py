"""Signatures: each rule broken once, replays, and all that may be odd about a genuine one."""

import base64
import re
from collections.abc import Iterator

from mailpost.errors import Reason, Temporary
from tests.forgery.world import BODY, Attempt, Expected, above, mail, sign
from tests.signer import ELLIPTIC, SIGNED, key

FRIEND = {"To": "Zoe <zoe@friends.example>"}
SUB = {"From": "Sam <sam@mail.strict.example>"}
SAM = {"From": "Sam <sam@strict.example>"}
CC = {"Cc": "Zoe <zoe@friends.example>"}
NO_SUBJECT = {"Subject": None}


def swap(raw: bytes, old: str, new: str) -> bytes:
    changed = raw.replace(old.encode(), new.encode(), 1)
    assert changed != raw, old
    return changed


def field(raw: bytes) -> bytes:
    """The signature that stands on top of a mail."""
    return raw[: raw.index(b"From:")]


def broken() -> Iterator[Attempt]:
    """T08: a rule of the signature or of its key is broken."""
    rules: dict[str, bytes] = {
        "no signature": mail(),
        "rsa-sha1": sign(a="rsa-sha1"),
        "an algorithm nobody knows": sign(a="rsa-sha512"),
        "l= for the whole body": sign(l=str(len(BODY) - 4)),
        "l= and a body that goes on": above(b"", sign(l="20") + b"\r\nBuy!\r\n"),
        "l=0": swap(sign(l="0", body="\r\n"), "\r\n\r\n", "\r\n\r\nBuy!\r\n"),
        "From is not covered": sign(names="to:subject:date"),
        "To is not covered": sign(names="from:subject:date"),
        "Subject is not covered": sign(names="from:to:date"),
        "Date is not covered": sign(names="from:to:subject"),
        "nothing but From is covered": sign(names="from"),
        "Cc is there and not covered": sign(CC),
        "To is not covered where Cc is": sign({"Cc": "blog@posts.example", **FRIEND}, names="from:cc:subject:date"),
        "expired": sign(t=None, x=str(SIGNED - 1)),
        "expired a second ago": sign(t=None, x=str(SIGNED + 4)),
        "it expires before it was made": sign(x=str(SIGNED)),
        "dated two hours after it came": sign(t=str(SIGNED + 7200)),
        "768 bits": sign(s="weak", by=key(768).sign),
        "a key for testing": sign(s="testing"),
        "a key that was revoked": sign(s="revoked"),
        "a key that is not there": sign(s="gone"),
        "a key that is an SPF record": sign(s="spf"),
        "a key for reports": sign(s="reports"),
        "a key for SHA-1": sign(s="sha1"),
        "a record with two keys": sign(s="twice"),
        "a key that is none": sign(s="half"),
        "another key of the domain": sign(s="other"),
        "an elliptic key for an RSA signature": sign(s="ed"),
        "an RSA key for an elliptic signature": sign(a="ed25519-sha256", by=ELLIPTIC.sign),
        "an RSA signature that says it is elliptic": sign(a="ed25519-sha256", s="ed"),
        "an elliptic signature by somebody else": sign(a="ed25519-sha256", s="ed", by=lambda _: b"\1" * 64),
        "an elliptic signature of nothing": sign(a="ed25519-sha256", s="ed", by=lambda _: bytes(64)),
        "another domain": sign(d="attack.example"),
        "a domain that ends like the author's": sign(d="notlegit.example"),
        "a domain that begins like the author's": sign(d="legit.example.attack.example"),
        "a public suffix": sign({"From": "Bea <bea@bea.co.uk>"}, d="co.uk"),
        "a top-level domain": sign(d="example"),
        "i= outside of d=": sign(i="ann@attack.example"),
        "i= of a subdomain where the key forbids it": sign(s="narrow", i="ann@mail.legit.example"),
        "a subdomain for a strict domain": sign(SAM, d="mail.strict.example"),
        "a strict domain for its subdomain": sign(SUB, d="strict.example"),
        "a sister": sign({"From": "Sam <sam@mail.strict.example>"}, d="news.strict.example"),
        "version 2": sign(v="2"),
        "no version": sign(v=None),
        "no body hash": sign(bh=None),
        "the hash of another body": sign(bh=base64.b64encode(b"\0" * 32).decode()),
        "b= is empty": re.sub(rb"; b=[^\r]+", b"; b=", sign(), count=1),
        "b= is not base64": swap(sign(), "; b=", "; b=!"),
        "b= twice": swap(sign(), "; b=", "; b=AAAA; b="),
        "d= twice": sign(d="legit.example; d=attack.example"),
        "d= with a point at its end": sign(d="legit.example."),
        "d= with a quote": sign(d="legit.example'a.attack.example"),
        "d= with a comment": sign(d="legit.example(a.attack.example"),
        "a selector that leaves the domain": sign(s="sel._domainkey.attack.example./"),
        "a selector with a space": sign(s="sel sel"),
        "a selector too long for a name": sign(s="s" * 64),
        "a name too long for DNS": sign(s=".".join(["s" * 60] * 4)),
        "keys over the web": sign(q="http"),
        "nowsp": sign(c="nowsp"),
        "h= of two hundred names": sign(names="from:to:subject:date" + ":x" * 197),
        "half of the field in another line": swap(sign(), "v=1; ", "v=1;;; "),
        "the sixth of six": many(5) + sign(),
        "a good one of another domain and a bad one": field(sign(d="attack.example"))
        + swap(sign(), "crocus", "casino"),
    }
    for name, raw in rules.items():
        yield Attempt(f"T08-{name}", raw, Reason.UNPROVEN)
    gate: dict[str, tuple[bytes, Reason]] = {
        "a NUL in the selector": (sign(s="sel\0"), Reason.CONTROLS),
        "bytes of no charset": (sign().replace(b"s=sel", b"s=s\xe9l", 1), Reason.CONTROLS),
        "a bare CR in the field": (swap(sign(), "; s=", ";\r s="), Reason.CONTROLS),
        "a signature of five thousand bytes": (sign(names="from:to:subject:date" + ":x" * 2500), Reason.HEADER_SIZE),
    }
    for name, (raw, reason) in gate.items():
        yield Attempt(f"T08-{name}", raw, reason)


def many(count: int) -> bytes:
    """Signatures of the domain that have no key any more."""
    one = field(sign())
    return b"".join(one.replace(b"s=sel", b"s=gone%d" % n, 1) for n in range(count))


def changed() -> Iterator[Attempt]:
    """T09, T10: a mail that the author's domain has signed, and that somebody has changed or sent elsewhere."""
    raw, private, old = sign(), sign(FRIEND), {"Date": "Sat, 21 Feb 2026 12:00:00 +0000"}
    mails: dict[str, tuple[bytes, Expected]] = {
        "another name": (swap(raw, "Ann <", "Eve <"), Reason.UNPROVEN),
        "another subject": (swap(raw, "Spring", "Casino"), Reason.UNPROVEN),
        "another recipient": (swap(private, "zoe@friends", "blog@posts"), Reason.UNPROVEN),
        "another day": (swap(raw, "12:00:00", "12:00:01"), Reason.UNPROVEN),
        "another body": (swap(raw, "crocus", "casino"), Reason.UNPROVEN),
        "a body that goes on": (raw + b"Buy!\r\n", Reason.UNPROVEN),
        "a body that is shorter": (swap(raw, "It is early this year.", ""), Reason.UNPROVEN),
        "a space where simple is simple": (swap(sign(c="simple/simple"), "Ann <", "Ann  <"), Reason.UNPROVEN),
        "a fold where simple is simple": (swap(sign(c="simple/simple"), "Ann <", "Ann\r\n <"), Reason.UNPROVEN),
        "capitals where simple is simple": (swap(sign(c="simple/simple"), "\nFrom:", "\nFROM:"), Reason.UNPROVEN),
        "a space in a simple body": (swap(sign(c="relaxed/simple"), "The  first", "The   first"), Reason.UNPROVEN),
        "a space less in a relaxed body": (swap(raw, "crocus. ", "cro cus. "), Reason.UNPROVEN),
        "the signature on another mail": (field(raw) + mail({"Subject": "Casino"}), Reason.UNPROVEN),
        "its date in the signature": (swap(raw, f"t={SIGNED}", f"t={SIGNED + 1}"), Reason.UNPROVEN),
        "its names in the signature": (swap(raw, "h=from:to:subject:date", "h=from:to:date:subject"), Reason.UNPROVEN),
        "a second From on top": (above("From: eve@attack.example\r\n", raw), Reason.DOUBLED),
        "a second From on top of an oversigned": (
            above("From: eve@attack.example\r\n", sign(names="from:from:to:subject:date")),
            Reason.DOUBLED,
        ),
        "a second Subject on top": (above("Subject: Casino\r\n", raw), Reason.DOUBLED),
        "a second Date on top": (above("Date: Sun, 1 Mar 2026 12:00:00 +0000\r\n", raw), Reason.DOUBLED),
        "a second Content-Type on top": (above("Content-Type: text/html\r\n", raw), Reason.DOUBLED),
        "a second To on top": (above("To: blog@posts.example\r\n", private), Reason.DOUBLED),
        "a second To below": (swap(private, "Date:", "To: blog@posts.example\r\nDate:"), Reason.DOUBLED),
        "a Subject where there was none": (
            above("Subject: Casino\r\n", sign(NO_SUBJECT, names="from:to:date")),
            Reason.UNPROVEN,
        ),
        "a Cc where there was none": (above("Cc: blog@posts.example\r\n", private), Reason.UNPROVEN),
        "a To where there was none": (
            above("To: blog@posts.example\r\n", sign({"To": None}, names="from:subject:date")),
            Reason.UNPROVEN,
        ),
        "a private mail sent on": (private, Reason.ELSEWHERE),
        "a private mail sent on, delivered here": (
            above("Delivered-To: blog@posts.example\r\n", private),
            Reason.UNPROVEN,
        ),
        "a private mail sent on as Bcc": (above("Bcc: blog@posts.example\r\n", private), Reason.ELSEWHERE),
        "a private mail resent": (
            above("Resent-To: blog@posts.example\r\nX-Original-To: blog@posts.example\r\n", private),
            Reason.UNPROVEN,
        ),
        "a private mail that has the blog's address in a name": (
            above("X-Original-To: blog@posts.example\r\n", sign({"To": '"blog@posts.example" <zoe@friends.example>'})),
            Reason.UNPROVEN,
        ),
        "a private mail that has it in a comment": (
            above("X-Original-To: blog@posts.example\r\n", sign({"To": "zoe@friends.example (blog@posts.example)"})),
            Reason.UNPROVEN,
        ),
        "eight days old": (sign(old, t=None), Reason.STALE),
        "from tomorrow": (sign({"Date": "Mon, 2 Mar 2026 12:00:00 +0000"}), Reason.STALE),
        "without a date": (sign({"Date": None}), Reason.STALE),
        "with a date that is none": (sign({"Date": "today"}), Reason.STALE),
        "passed on by a list": (above("List-Id: <friends.lists.example>\r\n", raw), Reason.AUTOMATIC),
        "changed by a list": (
            above("List-Id: <friends.lists.example>\r\n", raw + b"-- \r\nThe list\r\n"),
            Reason.AUTOMATIC,
        ),
    }
    for name, (content, expected) in mails.items():
        yield Attempt(f"T09-{name}", content, expected)


def outages() -> Iterator[Attempt]:
    """F41: what DNS cannot say now it may say later; what does not exist will not."""
    for selector, expected in (("down", Temporary), ("silent", Temporary), ("gone", Reason.UNPROVEN)):
        yield Attempt(f"F41-a key server that is {selector}", sign(s=selector), expected)
    yield Attempt("F41-one key server down, the other signature forged", field(sign(s="down")) + mail(), Temporary)


def replays() -> Iterator[tuple[str, bytes]]:
    """T09: the same signature again. Each passes alone; its fingerprint tells it from a new mail."""
    raw = sign()
    yield "another Message-ID", swap(raw, "<1@legit.example>", "<2@legit.example>")
    yield "another Content-Type", swap(raw, "text/plain", "text/html")
    yield "another route", above("Received: from elsewhere.example by mx.elsewhere.example\r\n", raw)
    yield "another spelling of b=", re.sub(rb"; b=(.{20})", rb"; b=\1\r\n ", raw, count=1)
    yield "another spelling of the names", swap(raw, "\r\nSubject:", "\r\nSUBJECT:")
    yield "another signature beside it", field(sign(s="gone")) + raw
    yield "bare line feeds", raw.replace(b"\r\n", b"\n")
    yield "more fields", above("Sender: eve@attack.example\r\nReply-To: eve@attack.example\r\n", raw)


def genuine() -> Iterator[Attempt]:
    """Odd, and sound."""
    mails: dict[str, bytes] = {
        "relaxed": sign(),
        "simple": sign(c="simple/simple"),
        "relaxed head": sign(c="relaxed/simple"),
        "simple head": sign(c="simple/relaxed"),
        "simple by default": sign(c=None),
        "oversigned": sign(names="from:from:to:to:cc:subject:subject:date:date:reply-to:message-id"),
        "capital names": sign(names="From:To:Subject:Date:MIME-Version"),
        "kept in a Maildir": sign().replace(b"\r\n", b"\n"),
        "elliptic": sign(a="ed25519-sha256", s="ed", by=ELLIPTIC.sign),
        "both kinds": field(sign(a="ed25519-sha256", s="ed", by=ELLIPTIC.sign)) + sign(),
        "elliptic, and an RSA key that is gone": field(sign(s="gone"))
        + sign(a="ed25519-sha256", s="ed", by=ELLIPTIC.sign),
        "3,072 bits": sign(s="long", by=key(3072).sign),
        "1,024 bits": sign(s="least", by=key(1024).sign),
        "a key under an alias": sign(s="alias"),
        "a key with notes": sign(s="noted"),
        "a key for this domain only": sign(s="narrow", i="ann@legit.example"),
        "a slow name server": sign(s="slow"),
        "a subdomain signs": sign(d="mail.legit.example"),
        "a strict domain signs for itself": sign(SAM, d="strict.example"),
        "a domain under a public suffix": sign({"From": "Bea <bea@bea.co.uk>"}, d="bea.co.uk"),
        "the provider signs as well": field(sign(d="attack.example")) + sign(),
        "the first of two is broken": field(sign(body="Other\r\n")) + sign(),
        "the fifth of five": many(4) + sign(),
        "it expires tomorrow": sign(x=str(SIGNED + 86400)),
        "no date in the signature": sign(t=None),
        "no Subject": sign(NO_SUBJECT, names="from:to:date"),
        "no Subject, oversigned": sign(NO_SUBJECT),
        "an empty body": sign(body="\r\n"),
        "no body at all": sign(body=""),
        "Cc is covered": sign(CC, names="from:to:cc:subject:date"),
        "the blog in Cc": sign({**FRIEND, "Cc": "blog@posts.example"}, names="from:to:cc:subject:date"),
        "the blog only in Cc": sign({"To": None, "Cc": "blog@posts.example"}, names="from:cc:subject:date"),
        "a flag in the address": sign({"To": "blog+private@posts.example"}),
        "the blog among others": sign({"To": '"Zoe, my friend" <zoe@friends.example>, Blog <BLOG@Posts.Example>'}),
        "a relaxed body with more space": swap(sign(), "The  first", "The    first"),
        "folded on the way": swap(sign(), "Ann <", "Ann\r\n\t<"),
        "a week old": sign({"Date": "Mon, 23 Feb 2026 12:00:00 +0000"}, t=str(SIGNED - 6 * 86400)),
        "signed with all tags": sign(q="dns/txt", i="@legit.example", z="From:x|To:y"),
        "line ends below the body": sign() + b"\r\n\r\n",
    }
    for name, raw in mails.items():
        yield Attempt(name, raw)
