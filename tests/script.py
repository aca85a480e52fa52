"""A mail server that says what it is told to say, for what no real one does; it keeps every byte it hears."""

import re
import socket
import ssl
import threading
from collections.abc import Mapping
from typing import Self

CAPABILITY = b"* CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE\r\n"
USUAL = {
    b"CAPABILITY": CAPABILITY,
    b"LOGIN": b"",
    b"SELECT": b"* FLAGS ()\r\n* 0 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 1] .\r\n",
    b"NOOP": b"",
}


class Script:
    """`answers` are the untagged lines for a command, found by its first words; b"!" hangs up instead."""

    def __init__(
        self,
        answers: Mapping[bytes, bytes] | None = None,
        *,
        greeting: bytes = b"* OK hello\r\n",
        context: ssl.SSLContext | None = None,
        upgrade: ssl.SSLContext | None = None,
    ) -> None:
        self.answers = {**USUAL, **(answers or {})}
        self.greeting = greeting
        self.context = context
        self.upgrade = upgrade
        self._idle = b""
        self.heard = b""
        self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connection in self._open:
            connection.close()

    def commands(self) -> list[bytes]:
        return re.findall(rb"(?m)^\S+ ((?:UID )?[A-Z]+)", self.heard)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._talk, args=[connection], daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            if self.context is not None:
                connection = self.context.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            connection.sendall(self.greeting)
            with connection.makefile("rb") as lines:
                for line in lines:
                    self.heard += line
                    if not self._answer(connection, line):
                        break
        except OSError:
            pass
        finally:
            connection.close()

    def _answer(self, connection: socket.socket, line: bytes) -> bool:
        tag, _, rest = line.rstrip().partition(b" ")
        if tag == b"DONE":
            rest = tag
        found = next((self.answers[key] for key in sorted(self.answers, reverse=True) if rest.startswith(key)), None)
        if rest.startswith(b"IDLE"):
            self._idle = tag
        if found is None and tag == b"DONE":
            tag, found = self._idle, b""
        if found == b"!":
            return False
        if found is not None and found.startswith(b"+"):
            connection.sendall(found)
        elif found is None:
            connection.sendall(tag + b" BAD what?\r\n")
        else:
            connection.sendall(found + tag + b" OK done\r\n")
            if rest == b"STARTTLS" and self.upgrade is not None:
                self.upgrade.wrap_socket(connection, server_side=True).close()
        return True
