"""Every store keeps the contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailpost.store import Store, sqlite
from tests.contracts.store import StoreContract


class TestSqlite(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        made = sqlite.open(sqlite.Settings(tmp_path / "mailpost.db"))
        yield made
        made.close()
