"""Honest mail in the shape of those who send it: which fields, in which order, and what their signatures cover."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mailpost.author import Author
from mailpost.blog import Blog
from tests.forgery.world import BLOG, Attempt, above
from tests.nameserver import Zone
from tests.pictures import jpeg
from tests.signer import ELLIPTIC, ELLIPTIC_KEY, key, signed

LONG = "What the first warm day of the year does to a garden that nobody has looked after since last November"


@dataclass(frozen=True)
class Sender:
    """`order` is the order of its fields, `more` fields of its own, `names` what it signs; all of it where `fixed`,
    otherwise what is there. `trace` is put on top on the way.
    """

    name: str
    order: str
    names: str
    how: str = "relaxed/relaxed"
    fixed: bool = False
    more: Mapping[str, str] = field(default_factory=dict)
    trace: str = ""
    elliptic: bool = False

    @property
    def domain(self) -> str:
        return f"{self.name}.example"


HOP = "Received: from {0} ({0} [192.0.2.7])\r\n\tby mx.posts.example with ESMTPS id 7\r\n\tfor <blog@posts.example>; Sun, 1 Mar 2026 12:00:05 +0000\r\n"
BASE = "from:to:cc:subject:date:message-id"
FULL = f"{BASE}:mime-version:content-type:content-transfer-encoding:in-reply-to:references"
MOZILLA = (
    "Message-ID Date MIME-Version User-Agent To Cc Content-Language From Subject Content-Type Content-Transfer-Encoding"
)
SENDERS = (
    Sender(
        "gmail-web",
        "MIME-Version Date Message-ID Subject From To Cc Content-Type",
        "cc:to:subject:message-id:date:from:mime-version:from:to:cc:subject:date:message-id:reply-to",
        fixed=True,
        trace="X-Google-DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=1e100.example; s=x; h=from; bh=AAAA; b=AAAA\r\n"
        "X-Gm-Message-State: AOJu0Yx\r\nX-Received: by 2002:a05:1 with SMTP id x; Sun, 1 Mar 2026 04:00:04 -0800 (PST)\r\n",
    ),
    Sender(
        "gmail-app",
        "MIME-Version References In-Reply-To From Date Message-ID Subject To Cc Content-Type",
        "cc:to:subject:message-id:date:from:in-reply-to:references:mime-version:from:to:cc:subject:date:message-id:reply-to",
        fixed=True,
    ),
    Sender(
        "icloud",
        "Content-Type Content-Transfer-Encoding From MIME-Version Subject Date Message-ID To Cc X-Mailer",
        "content-type:from:mime-version:subject:date:message-id:to:cc",
        more={"X-Mailer": "iPhone Mail (23D127)"},
        trace="X-Proofpoint-GUID: x\r\nX-Apple-UUID: y\r\n",
    ),
    Sender(
        "fastmail",
        "X-ME-Sender Feedback-ID MIME-Version X-ThreadId Date From To Cc Message-ID Subject Content-Type",
        "cc:content-type:content-type:date:date:from:from:in-reply-to:message-id:mime-version:reply-to:subject:subject:to:to",
        fixed=True,
        more={"X-ME-Sender": "<xms:x>", "Feedback-ID": "i1:Fastmail", "X-ThreadId": "T1"},
    ),
    Sender(
        "outlook-com",
        "From To Cc Subject Thread-Topic Thread-Index Date Message-ID Accept-Language Content-Language X-MS-Has-Attach"
        " Content-Type MIME-Version",
        "from:date:subject:message-id:content-type:mime-version:x-ms-exchange-senderadcheck:to:cc",
        more={"Thread-Topic": "Spring", "Thread-Index": "AQHc", "X-MS-Has-Attach": ""},
        trace="ARC-Seal: i=1; a=rsa-sha256; s=arcselector; d=microsoft.example; cv=none; b=AAAA\r\n"
        "ARC-Authentication-Results: i=1; mx.microsoft.example 1; spf=none; dmarc=none; dkim=none; arc=none\r\n",
    ),
    Sender(
        "exchange-365",
        "From To Cc Subject Thread-Topic Date Message-ID Content-Type MIME-Version",
        "from:date:subject:message-id:content-type:mime-version:x-ms-exchange-senderadcheck:to:cc",
        trace="X-MS-Exchange-AuthAs: Internal\r\nX-MS-Exchange-CrossTenant-AuthAs: Internal\r\n",
    ),
    Sender(
        "proton",
        "Date To From Cc Subject Message-ID Feedback-ID X-Pm-Message-ID MIME-Version Content-Type",
        "date:to:from:cc:subject:message-id:feedback-id:from:to:cc:date:subject:reply-to:feedback-id:message-id:bimi-selector",
        how="relaxed/simple",
        fixed=True,
        more={"Feedback-ID": "1:user:proton", "X-Pm-Message-ID": "9f"},
    ),
    Sender(
        "yahoo",
        "Date From To Cc Message-ID Subject MIME-Version Content-Type References X-Mailer",
        "date:from:to:cc:subject:references:from:subject:reply-to",
        fixed=True,
        more={"X-Mailer": "WebService/1.1.25"},
        trace="X-SONIC-DKIM-SIGN: v=1; a=rsa-sha256\r\nX-YMail-OSG: x\r\nX-Sonic-MF: <person@yahoo.example>\r\n",
    ),
    Sender("postfix-opendkim", MOZILLA, "date:to:cc:from:subject"),
    Sender("mutt-rspamd", "Date From To Cc Subject Message-ID MIME-Version Content-Type User-Agent", f"{FULL}:from:to:subject", fixed=True),
    Sender("k9-posteo", "Date From To Cc Subject Message-ID MIME-Version Content-Type Content-Transfer-Encoding", "date:from:to:cc:subject:message-id"),
    Sender("fairemail", "Date From To Cc Message-ID In-Reply-To Subject MIME-Version Content-Type X-Correlation-ID", FULL),
    Sender("mailbox-org", MOZILLA, FULL, more={"X-MBO-RS-ID": "x"}),
    Sender(
        "migadu",
        "X-Report-Abuse Date From To Cc Subject Message-ID MIME-Version Content-Type X-Migadu-Flow",
        f"{FULL}:from:to:cc:reply-to:subject:date",
        fixed=True,
        more={"X-Report-Abuse": "https://migadu.example/abuse", "X-Migadu-Flow": "FLOW_OUT"},
    ),
    Sender(
        "gmx",
        "MIME-Version Message-ID From To Cc Subject Content-Type Date Importance Sensitivity X-Priority",
        "x-ui-sender-class:from:to:cc:subject:date:mime-version:content-type:message-id",
        more={"Importance": "normal", "Sensitivity": "Normal", "X-Priority": "3"},
        trace="X-Provags-ID: V03:K1:x\r\nUI-OutboundReport: notjunk:1;M01:P0:x\r\n",
    ),
    Sender("zoho", "Date From To Cc Message-ID Subject MIME-Version Content-Type Importance User-Agent X-Mailer", f"{BASE}:mime-version:content-type:reply-to", how="relaxed/relaxed"),
    Sender("stalwart", "Date From To Cc Subject Message-ID MIME-Version Content-Type", FULL, elliptic=True),
    Sender("apple-mail-postfix", "From Content-Type MIME-Version Subject Message-ID Date To Cc X-Mailer", BASE, how="simple/simple"),
)  # fmt: skip

PHOTO = base64.encodebytes(jpeg()).decode().replace("\n", "\r\n")
ALTERNATIVE = (
    "--=_a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThe first crocus.\r\n"
    "--=_a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>The first <b>crocus</b>.</p>\r\n--=_a--\r\n"
)
MIXED = (
    "--=_m\r\nContent-Type: text/plain\r\n\r\nTwo tulips.\r\n"
    f"--=_m\r\nContent-Type: image/jpeg; name=tulips.jpg\r\nContent-Transfer-Encoding: base64\r\n\r\n{PHOTO}--=_m--\r\n"
)
PLAIN = {
    "To": "blog@posts.example",
    "Subject": "Spring",
    "Date": "Sun, 1 Mar 2026 13:00:00 +0100 (CET)",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Transfer-Encoding": "8bit",
    "Content-Language": "en-GB",
    "User-Agent": "Mozilla Thunderbird",
    "Accept-Language": "en-GB, en-US",
    "X-Correlation-ID": "<7>",
    "X-Mailer": "Mail",
}
# What people change about it, and the body.
VARIATIONS: dict[str, tuple[Mapping[str, str | None], str]] = {
    "plain": ({}, "The first crocus.\r\n"),
    "without a subject": ({"Subject": None}, "The first crocus.  \r\n\r\n\r\n"),
    "in other letters": (
        {"Subject": "=?UTF-8?Q?J=C3=A4nner?= =?UTF-8?B?4piD?=", "From": "=?utf-8?B?SsO8cmdlbg==?= <{}>"},
        "Schnee, überall.\r\n",
    ),
    "with a copy": ({"Cc": '"Zoe, my friend" <zoe@friends.example>'}, "The first crocus.\r\n"),
    "to a flag": ({"To": "The garden <blog+private@posts.example>"}, "Only for some.\r\n"),
    "a page": ({"Content-Type": 'multipart/alternative; boundary="=_a"'}, ALTERNATIVE),
    "a photo": ({"Content-Type": 'multipart/mixed;\r\n boundary="=_m"'}, MIXED),
    "a long subject": ({"Subject": f"{LONG[:60]}\r\n {LONG[61:]}"}, "Weeds, mostly.\r\n"),
    "an answer": ({"Subject": "Re: Spring", "In-Reply-To": "<0@posts.example>", "References": "<0@posts.example>"}, "And more.\r\n"),
}  # fmt: skip


def garden() -> Blog:
    """The blog of the campaign, with all these people as one author."""
    people = Author("Everybody", frozenset(f"person@{sender.domain}" for sender in SENDERS))
    return Blog("garden", "The garden", BLOG.url, BLOG.addresses, (people,))


def publish(zone: Zone) -> None:
    for sender in SENDERS:
        record = f"v=DKIM1; k=ed25519; p={ELLIPTIC_KEY}" if sender.elliptic else key().record
        zone.records[f"sel._domainkey.{sender.domain}"] = [record]


def genuine() -> Iterator[Attempt]:
    for sender in SENDERS:
        for name, (changes, body) in VARIATIONS.items():
            yield Attempt(f"{sender.name}, {name}", _mail(sender, changes, body))


def _mail(sender: Sender, changes: Mapping[str, str | None], body: str) -> bytes:
    fields = {
        "From": "A Person <{}>",
        "Message-ID": f"<{len(body)}@{sender.domain}>",
        **PLAIN,
        **sender.more,
        **changes,
    }
    order = [*sender.order.split(), *(name for name in changes if name not in sender.order.split())]
    there = [(name, value) for name in order if (value := fields.get(name)) is not None]
    head = "".join(f"{name}: {value}\r\n" for name, value in there).format(f"person@{sender.domain}")
    present = {name.lower() for name, _ in there}
    names = [name for name in sender.names.split(":") if sender.fixed or name in present]
    tags = {"a": "ed25519-sha256"} if sender.elliptic else {}
    sign = ELLIPTIC.sign if sender.elliptic else None
    raw = signed(head, body, names=":".join(names), c=sender.how, d=sender.domain, sign=sign, **tags)
    return above(HOP.format(sender.domain) + sender.trace, raw)
