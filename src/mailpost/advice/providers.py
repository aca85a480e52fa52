"""What is known of mail providers: how they name their servers, and who may send in the name of an address."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """Where mail is received. `servers` are its names in Authentication-Results, as `trusted_servers` wants them."""

    name: str
    servers: tuple[str, ...]
    beware: str = ""


ALL_OF_THEM = "it writes several fields into each mail; all of them are read"
NO_WORD = "it says nothing about a signature that is not valid"

PROVIDERS = (
    Provider(
        "Gmail",
        ("mx.google.com",),
        "mail from an account to itself may carry neither a signature nor a verdict",
    ),
    Provider(
        "iCloud",
        ("dkim-verifier.icloud.com", "dmarc.icloud.com", "spf.icloud.com", "bimi.icloud.com"),
        "each method has a field and a name of its own, so all four names are needed",
    ),
    Provider(
        "Fastmail",
        ("*.messagingengine.com",),
        "it writes four fields, and the verdict on signatures is in the last; all of them are read",
    ),
    Provider("Yahoo", ("*.yahoo.com",), "some of its words, such as dkim_pass, are no verdict here"),
    Provider("GMX", ("gmx.net",), "it writes one field for each signature; all of them are read"),
    Provider("Zoho", ("mx.zohomail.eu",)),
    Provider("Mail.ru", ("mxs.mail.ru",)),
    Provider("Yandex", ("*.qloud-c.yandex.net",)),
    Provider("Posteo", ("posteo.de",), ALL_OF_THEM),
    Provider("Infomaniak", ("mx.infomaniak.com",), ALL_OF_THEM),
    Provider("mail.de", ("*.mail.de",)),
    Provider("Riseup", ("mx1.riseup.net",), NO_WORD),
    Provider("Disroot", ("disroot.org",), NO_WORD),
)
NAMELESS = (
    "the server does not say who it is, as Microsoft's do not: anybody could have written that, so it cannot be trusted"
)

# They let nobody send in the name of another account.
_PERSONAL = (
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com icloud.com me.com mac.com yahoo.com aol.com"
    " gmx.de gmx.net web.de fastmail.com fastmail.fm proton.me protonmail.com pm.me posteo.de"
)
PERSONAL = frozenset(_PERSONAL.split())


def named(server: str, name: str) -> bool:
    """Whether a server's name is this one, or fits it where it is a pattern like *.example.org."""
    return server == name or (name.startswith("*.") and server.endswith(name[1:]))


def provider_of(server: str) -> Provider | None:
    return next((each for each in PROVIDERS if any(named(server, name) for name in each.servers)), None)


def names_to_trust(server: str) -> tuple[str, ...]:
    """What `trusted_servers` would hold for the topmost server of a mail; nothing where it has no name."""
    provider = provider_of(server)
    return provider.servers if provider else (server,) if server else ()


def teaches(domain: str) -> bool:
    """Whether a domain looks like a university's: thousands of people, and one key for all of them."""
    labels = domain.split(".")
    return bool({"edu", "ac"} & set(labels[-2:])) or any(label.startswith(("uni-", "university")) for label in labels)


def meaning(domain: str) -> str:
    """What is proven when mail is proven to come from `domain`."""
    if domain in PERSONAL:
        return f"this very account: {domain} lets nobody send in the name of another"
    if teaches(domain):
        return f"somebody at {domain}, not who; a secret address besides says which (require = “both”)"
    return f"somebody who may send for {domain}; where others have addresses there too, choose “both”"
