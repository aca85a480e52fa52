"""Every place for files keeps the contract."""

from pathlib import Path

import pytest

from mailpost.files import Files, local
from tests.contracts.files import FilesContract


class TestLocal(FilesContract):
    @pytest.fixture
    def files(self, tmp_path: Path) -> Files:
        return local.open(local.Settings(tmp_path / "files"))

    @pytest.fixture
    def other(self, tmp_path: Path) -> Files:
        return local.open(local.Settings(tmp_path / "other"))
