"""What receiving servers wrote about a sender: Authentication-Results (RFC 8601)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mailpost.proof.scan import comment_end, quoted

LONGEST = 8192
WHITE = " \t\r\n"

# RFC 8601, section 2.7, and the words in use beside them. Any other word tells us nothing.
WORDS = frozenset(
    {
        "pass",
        "fail",
        "none",
        "neutral",
        "softfail",
        "hardfail",
        "policy",
        "temperror",
        "permerror",
        "bestguesspass",
        "skipped",
        "discard",
        "nxdomain",
    }
)
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Statement:
    """One verdict, such as dkim=pass header.d=example.org.

    `method` and the names in `properties` are lower-case; `result` is one of WORDS or "unknown".
    """

    method: str
    result: str
    properties: Mapping[str, str]

    @property
    def domain(self) -> str:
        """The lower-case domain the verdict is about, empty where it names none."""
        if self.method == "dkim":
            named = self.properties.get("header.d") or self.properties.get("header.i", "")
        elif self.method == "spf":
            named = self.properties.get("smtp.mailfrom", "").strip("<>")
        else:
            # Whole: what is not a bare domain here is not a verdict on one.
            return _lower(self.properties.get("header.from", ""))
        return _lower(named.rpartition("@")[2])


@dataclass(frozen=True, slots=True)
class Results:
    """One field. `authserv_id` is the lower-case name of the server that wrote it, empty where it did not say."""

    authserv_id: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Trusted:
    """The fields that a trusted server wrote, and whether others that bear such a name say something else.

    `spf` are the servers among them whose word counts even where it rests on SPF.
    """

    block: tuple[Results, ...] = ()
    contradiction: bool = False
    spf: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Token:
    """`before` is what parts it from the token before: nothing, " " or "(" for a comment that touches that token."""

    kind: str
    text: str
    before: str


def trusted_results(results: Sequence[tuple[int, str]], trace: Sequence[int], trusted: Sequence[str]) -> Trusted:
    """Return the topmost fields of the servers named in `trusted`, whole names or patterns like *.example.org.

    A name followed by the word spf (mx.example.org spf) stands for a server whose word counts where it rests on SPF, too.
    `results` are field numbers and values from the top, `trace` the numbers of the Received fields. Each server
    writes above what it was given, so Received may stand above the block but ends it, and so does another server's
    field. What comes later may have been typed by the sender: it never counts, and a verdict in it that the block
    does not give is a contradiction. So are two different DMARC verdicts in the block: no server writes two. Within the
    block each server's topmost field on a method is its word on it, for a forged one can only stand below.
    """
    names = [(name, word) for name, _, word in (entry.strip().partition(" ") for entry in trusted)]
    block: list[Results] = []
    later: list[Results] = []
    top, ended = 0, False
    for number, value in results:
        found = parse_results(value)
        ended = ended or (bool(block) and any(top < received < number for received in trace))
        if found is None:
            # Whoever makes the true field unreadable must not gain that the next one is believed.
            ended = True
        elif not any(_matches(found.authserv_id, name) for name, _ in names):
            ended = ended or bool(block)
        elif ended:
            later.append(found)
        else:
            top = top if block else number
            block.append(found)
    said = _verdicts(block)
    return Trusted(
        block=tuple(_topmost(block)),
        contradiction=bool(_verdicts(later) - said) or len({word for method, word, _ in said if method == "dmarc"}) > 1,
        spf=frozenset(
            found.authserv_id
            for found in block
            if any(word.strip() == "spf" and _matches(found.authserv_id, name) for name, word in names)
        ),
    )


def _topmost(block: Sequence[Results]) -> Iterator[Results]:
    spoken: set[tuple[str, str]] = set()
    for found in block:
        fresh = tuple(said for said in found.statements if (found.authserv_id, said.method) not in spoken)
        spoken |= {(found.authserv_id, said.method) for said in fresh}
        yield Results(found.authserv_id, fresh)


def _verdicts(fields: Sequence[Results]) -> set[tuple[str, str, str]]:
    statements = (statement for field in fields for statement in field.statements)
    return {(s.method, s.result, s.domain) for s in statements if s.method in ("dkim", "dmarc")}


def _matches(authserv_id: str, name: str) -> bool:
    name = _lower(name)
    if name.startswith("*."):
        return len(authserv_id) >= len(name) and authserv_id.endswith(name[1:])
    return bool(name) and authserv_id == name


def parse_results(value: str) -> Results | None:
    """Read one unfolded field, None on any error of syntax and beyond 8 kB; the time is linear in the length.

    More is forgiven than RFC 8601 forgives (unknown words, a stray semicolon, base64 and IPv6 in values), but not a
    comment that touches a value: servers that copy a sender's words unquoted would let him hide the rest in it.
    """
    if len(value) > LONGEST or any(c == "\x7f" or (c < " " and c not in WHITE) for c in value):
        return None
    tokens = _tokens(value)
    if tokens is None:
        return None
    first, *clauses = _clauses(tokens)
    if len(first) > 2 and first[1].kind == "=":
        return Results("", ())  # Microsoft's servers do not say who they are
    authserv_id = _server(first)
    if not authserv_id or not clauses:
        return None
    statements: list[Statement] = []
    for clause in clauses:
        if len(clause) == 1 or (len(clause) == 2 and _lower(clause[0].text) == "none"):
            continue
        statement = _statement(clause)
        if statement is None:
            return None
        statements.append(statement)
    return Results(authserv_id, tuple(statements))


def _server(clause: Sequence[_Token]) -> str:
    """The name of the server, empty where it cannot be read or the version is not ours.

    Servers write their name plainly. Quoted or behind a comment it means the same, but a server that takes out what others
    write in its name may look for the letters alone.
    """
    match clause:
        case [_Token(kind="word", text=name, before=""), _]:
            return _lower(name)
        case [_Token(kind="word", text=name, before=""), _Token(kind="word", text="1", before=" "), _]:
            return _lower(name)
        case _:
            return ""


def _statement(clause: Sequence[_Token]) -> Statement | None:
    """Read method=result and the properties after it; the last token of a clause is the one that ends it."""
    if len(clause) < 4 or [token.kind for token in clause[:3]] != ["word", "=", "word"]:
        return None
    method, _, version = clause[0].text.partition("/")
    word = _lower(clause[2].text)
    properties: dict[str, str] = {}
    index = 3
    while index < len(clause) - 1:
        name, equals = clause[index], clause[index + 1]
        if name.kind != "word" or equals.kind != "=":
            return None
        read = _value(clause, index + 2)
        if read is None:
            return None
        said, index = read
        if properties.setdefault(_lower(name.text), said) != said:
            return None  # two answers to one question
    known = word in WORDS and version in ("", "1")
    return Statement(_lower(method), word if known else UNKNOWN, properties)


def _value(clause: Sequence[_Token], index: int) -> tuple[str, int] | None:
    """Read the value that begins at `index` and return the index after it."""
    first = clause[index]
    said = ""
    if first.kind == "quoted":
        said, index = first.text, index + 1
    else:
        while clause[index].kind in ("word", "=") and (clause[index] is first or not clause[index].before):
            said += clause[index].text
            index += 1
    after = clause[index]
    touched = first.before == "(" or after.before == "(" or (after.kind in ("word", "quoted", "=") and not after.before)
    return None if touched else (said, index)


def _clauses(tokens: Sequence[_Token]) -> Iterator[list[_Token]]:
    clause: list[_Token] = []
    for token in tokens:
        clause.append(token)
        if token.kind == ";":
            yield clause
            clause = []
    yield clause


def _tokens(text: str) -> list[_Token] | None:
    """Cut into words, quoted strings, = and ;, the last token being the end; None where something never closes."""
    tokens: list[_Token] = []
    before = ""
    index = 0
    while index < len(text):
        character = text[index]
        if character in WHITE:
            before = before or " "
            index += 1
            continue
        if character == "(":
            closed = comment_end(text, index)
            if closed is None:
                return None
            before, index = before or "(", closed
            continue
        start = index
        if character == '"':
            string = quoted(text, index)
            if string is None:
                return None
            said, index = string
            tokens.append(_Token("quoted", said, before))
        elif character in "=;":
            index += 1
            tokens.append(_Token(character, character, before))
        else:
            while index < len(text) and text[index] not in WHITE + '("=;':
                index += 1
            tokens.append(_Token("word", text[start:index], before))
        before = ""
    tokens.append(_Token("end", "", before))
    return tokens


def _lower(text: str) -> str:
    """ASCII only: K, the sign for Kelvin, becomes an ordinary k where Python may choose."""
    return text.lower() if text.isascii() else text
