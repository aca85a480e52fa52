"""A web server of the test's own, with a certificate that the test's own authority gave it."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Self

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import trustme

from mailpost.fetch import Address, Fetcher, is_public

PUBLIC = "93.184.215.14"  # any address that a server on the internet could have
NAMES = ("pictures.example", "other.example", "xn--bcher-kva.example")

Answer = bytes | Callable[[ssl.SSLSocket], None]


@dataclass
class Server:
    """Answers what `answers` says for host and path; `asked` are the requests that came."""

    door: socket.socket
    authority: trustme.CA
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def fetcher(self, names: Mapping[str, Iterable[str]] | None = None) -> Fetcher:
        """One to whom the server seems to stand on the internet; `names` have these addresses instead of that one."""
        known = names or {}

        def resolve(name: str, _seconds: float) -> list[str]:
            return list(known.get(name, [PUBLIC]))

        def dial(_address: Address, seconds: float) -> socket.socket:
            return socket.create_connection(self.door.getsockname(), seconds)

        return Fetcher(resolve, public=is_public, dial=dial, trust=self.trust)

    def trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context

    def serve(self, context: ssl.SSLContext) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self.talk, args=(self.door.accept()[0], context), daemon=True).start()

    def talk(self, plain: socket.socket, context: ssl.SSLContext) -> None:
        with suppress(OSError), plain, context.wrap_socket(plain, server_side=True) as door:
            request = b""
            while b"\r\n\r\n" not in request:
                request += door.recv(4096)
            self.asked.append(request.decode("ascii"))
            lines = self.asked[-1].split("\r\n")
            host = next(line.removeprefix("Host: ") for line in lines if line.startswith("Host: "))
            answer = self.answers.get(f"{host}{lines[0].split()[1]}", said(404))
            if isinstance(answer, bytes):
                door.sendall(answer)
            else:
                answer(door)


def said(status: int, content: bytes = b"", **fields: str) -> bytes:
    """An answer; `Content_Type="image/png"` becomes a header field."""
    fields = {"Content-Length": str(len(content)), **{k.replace("_", "-"): v for k, v in fields.items()}}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} So\r\n{head}\r\n".encode("latin-1") + content


@contextmanager
def server(*names: str) -> Iterator[Server]:
    """Running on this machine, for these names."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*(names or NAMES)).configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as door:
        running = Server(door, authority)
        threading.Thread(target=running.serve, args=[context], daemon=True).start()
        yield running
        door.shutdown(socket.SHUT_RDWR)  # so that it stops waiting


@dataclass
class Doors:
    """What was connected to, none of it in earnest; `names` is all that the name server knows."""

    names: dict[str, list[list[str]]]
    opened: list[tuple[object, ...]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def resolve(self, name: str, _seconds: float) -> list[str]:
        """Each answer once, the last one for ever. A number in any spelling is what the C library takes it for."""
        self.asked.append(name)
        with suppress(OSError):
            return [str(ip_address(socket.inet_aton(name)))]
        answers = self.names.get(name.rstrip("."), [[PUBLIC]])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def connect(self, address: tuple[object, ...]) -> None:
        self.opened.append(address)
        raise ConnectionRefusedError


class Hosts(socketserver.ThreadingUDPServer):
    """A name server that says where servers are; names with None get no answer."""

    daemon_threads = True

    def __init__(self, hosts: Mapping[str, Iterable[str] | None]) -> None:
        super().__init__(("127.0.0.1", 0), Question)
        self.hosts = hosts
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        """As it is written in the configuration."""
        return f"127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class Question(socketserver.BaseRequestHandler):
    server: Hosts

    def handle(self) -> None:
        wire, door = self.request
        query = dns.message.from_wire(wire)
        [question] = query.question
        name = question.name.to_text(omit_final_dot=True)
        self.server.asked.append(name)
        reply = dns.message.make_response(query)
        for address in self.server.hosts.get(name) or ():
            kind = "AAAA" if ":" in address else "A"
            if question.rdtype == dns.rdatatype.from_text(kind):
                reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, address))
        if name not in self.server.hosts:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        if self.server.hosts.get(name, ()) is not None:
            door.sendto(reply.to_wire(), self.client_address)
