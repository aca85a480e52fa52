"""config.toml → frozen values; every problem at once."""

from mailpost.config.reading import load
from mailpost.config.secret import hidden
from mailpost.config.tables import Root, Table
from mailpost.config.values import Chosen, Config

__all__ = ["Chosen", "Config", "Root", "Table", "hidden", "load"]
