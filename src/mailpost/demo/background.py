"""A server on a thread of its own, beside the program."""

import asyncio
from collections.abc import Coroutine
from threading import Thread
from typing import Any, TypeVar

Result = TypeVar("Result")


class Background:
    """An event loop with at most one server in it."""

    def __init__(self, name: str) -> None:
        # With a factory of its own the runner leaves the event loop of the starting thread alone.
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._loop = self._runner.get_loop()
        self._server: asyncio.Server | None = None
        self._thread = Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def serve(self, start: Coroutine[Any, Any, asyncio.Server]) -> int:
        """Start the server and return its port; when that fails, nothing is left running."""
        try:
            self._server = self.run(start)
        except BaseException:
            self.close()
            raise
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do `work` in the loop and wait for it: for callers on any thread but the loop's own."""
        if self._loop.is_closed():
            work.close()
            raise RuntimeError(f"{self._thread.name} is closed")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        """Free the port, cancel what still runs, let it say goodbye. Twice is the same as once."""
        if self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._end)
        self._thread.join()
        self._runner.close()

    def _end(self) -> None:
        if self._server is not None:
            self._server.close()
        self._loop.stop()
