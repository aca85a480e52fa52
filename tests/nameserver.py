"""A name server for tests: TXT records out of a dictionary, over UDP and TCP, with the faults that real ones have."""

import socketserver
import struct
import threading
import time
from enum import Enum, auto
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from dns.rdtypes.ANY.TXT import TXT

SLOW = 0.5  # seconds


class Fault(Enum):
    """What becomes of a question, instead of an answer."""

    SERVFAIL = auto()
    REFUSED = auto()
    SILENCE = auto()
    SLOW = auto()
    GARBAGE = auto()


class Zone:
    """`records` and `aliases` are by lower-case name; a name without either does not exist. `asked` is what was asked.

    Each record is one text, cut into strings of 255 bytes as TXT records are; answers are good for `seconds`.
    """

    def __init__(self, records: dict[str, list[str]] | None = None) -> None:
        self.records = records or {}
        self.aliases: dict[str, str] = {}
        self.faults: dict[str, Fault] = {}
        self.missing = dns.rcode.NXDOMAIN
        self.seconds = 300
        self.asked: list[str] = []
        self._udp = _Udp(("127.0.0.1", 0), _Datagram)
        self._udp.zone = self
        self._tcp = _Tcp(self._udp.server_address, _Stream)
        self._tcp.zone = self

    @property
    def address(self) -> str:
        """As it is written in the configuration."""
        return f"127.0.0.1:{self._udp.server_address[1]}"

    def __enter__(self) -> Self:
        for server in (self._udp, self._tcp):
            threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()

    def answer(self, wire: bytes, *, largest: int) -> bytes | None:
        """The answer to a question, None for silence; what is larger than `largest` is cut off and says so."""
        query = dns.message.from_wire(wire)
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        self.asked.append(name)
        fault = self.faults.get(name)
        if fault is Fault.SILENCE:
            return None
        if fault is Fault.GARBAGE:
            return wire[:2] + b"\xff" * 30
        if fault is Fault.SLOW:
            time.sleep(SLOW)
        reply = self._reply(query, name)
        if fault in (Fault.SERVFAIL, Fault.REFUSED):
            reply.answer.clear()
            reply.set_rcode(dns.rcode.from_text(fault.name))
        whole = reply.to_wire()
        if len(whole) > largest:
            reply.answer.clear()
            reply.flags |= dns.flags.TC
            whole = reply.to_wire()
        return whole

    def _reply(self, query: dns.message.Message, name: str) -> dns.message.Message:
        reply = dns.message.make_response(query)
        owner = query.question[0].name
        if name in self.aliases:
            name, alias = self.aliases[name], owner
            owner = dns.name.from_text(name)
            reply.answer.append(dns.rrset.from_text(alias, self.seconds, "IN", "CNAME", f"{name}."))
        texts = [_text(record.encode()) for record in self.records.get(name, [])]
        if texts:
            reply.answer.append(dns.rrset.from_rdata_list(owner, self.seconds, texts))
        elif name not in self.records:
            reply.set_rcode(self.missing)
        return reply


def _text(record: bytes) -> TXT:
    strings = [record[start : start + 255] for start in range(0, max(1, len(record)), 255)]
    return TXT(dns.rdataclass.IN, dns.rdatatype.TXT, strings)


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True
    block_on_close = False
    zone: Zone


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    zone: Zone


class _Datagram(socketserver.BaseRequestHandler):
    server: _Udp

    def handle(self) -> None:
        wire, door = self.request
        answer = self.server.zone.answer(wire, largest=512)
        if answer is not None:
            door.sendto(answer, self.client_address)


class _Stream(socketserver.StreamRequestHandler):
    server: _Tcp

    def handle(self) -> None:
        size = self.rfile.read(2)
        answer = self.server.zone.answer(self.rfile.read(struct.unpack("!H", size)[0]), largest=65535)
        if answer is not None:
            self.wfile.write(struct.pack("!H", len(answer)) + answer)
