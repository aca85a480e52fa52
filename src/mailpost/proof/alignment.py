"""Which domains may speak for the domain of an author (RFC 7489, section 3.1, relaxed)."""

# Names under which anyone can register a domain or open a site. A full list of them is not needed: the From domain
# is one the operator wrote into the configuration, so the only other names that can vouch for it are the few above
# and below it, and a key under one of these suffixes could be published by its registry alone. The list stops what
# is left: a careless registry, and an author whose own address is directly under such a suffix.
_LISTED = (
    "ac.uk co.uk gov.uk ltd.uk me.uk net.uk org.uk plc.uk com.au edu.au id.au net.au org.au ac.nz co.nz net.nz org.nz"
    " ac.jp co.jp ne.jp or.jp com.br net.br org.br com.cn net.cn org.cn com.hk com.mx com.ar com.pl com.sg com.tr"
    " com.tw com.ua co.at or.at co.hu co.id co.il co.in co.ke co.kr co.th co.za org.za asso.fr com.fr gov.it"
    " br.com cn.com de.com eu.com eu.org gb.net ru.com uk.com us.com za.com"
    " github.io gitlab.io codeberg.page pages.dev workers.dev netlify.app vercel.app web.app firebaseapp.com"
    " herokuapp.com onrender.com fly.dev azurewebsites.net blogspot.com duckdns.org dyndns.org ddns.net no-ip.org"
    " onmicrosoft.com"
)
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")
SUFFIXES = frozenset(_LISTED.split())


def aligned(domain: str, sender: str) -> bool:
    """Whether `domain` is the lower-case domain `sender` of a From address, a parent or a child of it."""
    if domain == sender:
        return "." in domain
    return LETTERS.issuperset(domain) and (_above(domain, sender) or _above(sender, domain))


def _above(parent: str, child: str) -> bool:
    return child.endswith(f".{parent}") and "." in parent and parent not in SUFFIXES
