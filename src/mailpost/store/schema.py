"""The version of the schema, and how it is brought up to date."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from mailpost.errors import ConfigError

HEAD = "0003"
"""The newest migration; `tests/test_store.py` keeps it true."""


def migrate(connection: Connection) -> None:
    """Bring an older schema up to date; refuse a newer one. Alembic is loaded only where there is something to do."""
    version = None
    if inspect(connection).has_table("alembic_version"):
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if version == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    if version is not None and version not in {
        s.revision for s in ScriptDirectory.from_config(config).walk_revisions()
    }:
        raise ConfigError(f"the store was written by a newer mailpost (schema {version}); install that one again")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
