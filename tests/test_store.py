"""SQLite and its migrations."""

import json
import multiprocessing
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command, op
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event

from mailpost.errors import ConfigError, Temporary
from mailpost.store import Accepted, Arrival, State, schema
from mailpost.store.sqlite import Sqlite
from mailpost.store.tables import metadata
from tests import blogs

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
WRITES = 60


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "mailpost.db"


@pytest.fixture
def store(path: Path) -> Iterator[Sqlite]:
    made = Sqlite(path)
    yield made
    made.close()


def shape(path: Path) -> dict[str, object]:
    """Columns, keys and indexes of every table, as the engine sees them."""
    connection = sqlite3.connect(path)
    try:
        names = [n for (n,) in connection.execute("select name from sqlite_master where type = 'table'")]
        found: dict[str, object] = {}
        for name in sorted(set(names) - {"alembic_version"}):
            columns = [row[1:] for row in connection.execute(f"pragma table_info('{name}')")]
            indexes = sorted(
                (unique, origin, [c[2] for c in connection.execute(f"pragma index_info('{index}')")])
                for _, index, unique, origin, _ in connection.execute(f"pragma index_list('{name}')")
            )
            keys = [row[2:5] for row in connection.execute(f"pragma foreign_key_list('{name}')")]
            found[name] = (columns, indexes, keys)
        return found
    finally:
        connection.close()


def test_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).with_name("migrations")))
    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]


def test_the_migrations_make_exactly_the_tables_of_the_program(store: Sqlite, path: Path, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'direct.db'}")
    metadata.create_all(engine)
    engine.dispose()
    assert store.path == path
    assert shape(path) == shape(tmp_path / "direct.db")


def test_the_migrations_do_not_look_at_the_tables_of_today() -> None:
    for file in Path(schema.__file__).with_name("migrations").joinpath("versions").glob("*.py"):
        assert "mailpost" not in file.read_text(), "what a migration does must not change when tables.py does"


def older(path: Path, version: str) -> sqlite3.Connection:
    """A store as an earlier mailpost left it, open."""
    path.parent.mkdir()
    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).with_name("migrations")))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    engine.dispose()
    return sqlite3.connect(path)


def test_posts_of_an_older_store_are_asked_for_their_sound(path: Path) -> None:
    posts = [blogs.post(1), blogs.with_media(2)]
    connection = older(path, "0001")
    for each in posts:
        row = {
            name: getattr(each, name) for name in ("id", "blog", "author", "title", "path", "feed_id", "body", "text")
        }
        row |= {"summary": each.summary, "untitled": False, "trimmed": "", "month": "2026-01", "mail": each.id}
        row |= {"published": each.published.timestamp(), "updated": each.updated.timestamp(), "status": each.status}
        row |= {"tags": "[]", "attachments": json.dumps([asdict(a) for a in each.attachments])}
        places = ", ".join(f":{name}" for name in row)
        connection.execute(f"insert into post ({', '.join(row)}) values ({places})", row)
    connection.commit()
    connection.close()
    store = Sqlite(path)
    assert [p.id for p in store.newest("demo", limit=9)] == [p.id for p in posts[::-1]]
    assert [p.id for p in store.newest("demo", limit=9, sound=True)] == [posts[1].id]
    store.close()


def test_a_migration_that_breaks_off_has_not_begun(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    older(path, "0001").close()
    before = shape(path)
    with monkeypatch.context() as patch:
        patch.setattr(op, "create_index", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            Sqlite(path)
    assert shape(path) == before
    Sqlite(path).close()
    assert shape(path) != before


def test_asking_for_sound_reads_no_silent_post(store: Sqlite) -> None:
    asked: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    store.newest("demo", limit=1, sound=True)
    with store.engine.connect() as connection:
        query = asked[-1].replace("?", "'x'")
        plan = connection.exec_driver_sql(f"explain query plan {query}").all()
    assert [row[-1] for row in plan] == ["SEARCH post USING INDEX post_sound (blog=? AND status=?)"]


def test_opening_again_changes_nothing(store: Sqlite, path: Path) -> None:
    before = shape(path)
    Sqlite(path).close()
    assert (shape(path), store.tally()) == (before, {})


def test_a_newer_schema_is_refused_and_left_alone(store: Sqlite, path: Path) -> None:
    store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    connection.close()
    with pytest.raises(ConfigError, match="newer mailpost"):
        Sqlite(path)


def test_a_file_that_is_no_database_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "mailpost.db").write_text("this is something else entirely, and long enough to be looked at " * 20)
    with pytest.raises(Temporary, match="not a database"):
        Sqlite(tmp_path / "mailpost.db")


def test_a_commit_survives_the_loss_of_power(store: Sqlite) -> None:
    with store.engine.connect() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [connection.exec_driver_sql(f"pragma {name}").scalar() for name in asked]
    assert found == ["wal", 2, 1, 10000]


def test_a_writing_transaction_takes_the_lock_at_its_beginning(store: Sqlite, path: Path) -> None:
    other = sqlite3.connect(path, timeout=0.1, isolation_level=None)
    with store._write(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("begin immediate")
    with store._read() as connection:
        connection.exec_driver_sql("select 1 from mail")
        other.execute("begin immediate")
        other.execute("rollback")
    other.close()


def write(path: Path, name: str) -> None:
    store = Sqlite(path)
    for number in range(WRITES):
        [(id_, _, _)] = store.arrive([Arrival(name, f"1:{number}", f"{name}{number}", 1, NOW)], NOW)
        store.put_back(id_)
    store.close()


def test_processes_that_write_at_once_are_never_locked_out(path: Path) -> None:
    """Also when the first thing both do is to make the schema."""
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write, args=(path, name)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    store = Sqlite(path)
    assert ([writer.exitcode for writer in writers], store.tally()) == ([0, 0], {State.RECEIVED: 2 * WRITES})
    store.close()


def test_nothing_of_a_transaction_that_fails_is_kept(store: Sqlite) -> None:
    """The second post has the address of the first: neither is there afterwards, nor what they would set in motion."""
    arrivals = [Arrival("box", f"1:{n}", str(n), 1, NOW) for n in (1, 2)]
    ids = [id_ for id_, _, _ in store.arrive(arrivals, NOW)]
    posts = [blogs.post(1), blogs.post(2, path=blogs.post(1).path)]
    with pytest.raises(Exception, match="UNIQUE"):
        store.accept([Accepted(id_, post, {"hook": 1.0}) for id_, post in zip(ids, posts, strict=True)], NOW)
    assert (store.posts("demo", limit=9), store.deliveries(), store.changes("demo")) == ([], {}, None)
    assert store.tally() == {State.RECEIVED: 2}


def test_one_holds_a_name_and_the_other_waits(store: Sqlite, path: Path) -> None:
    other = Sqlite(path)
    with store.alone("mailbox-ann/b ../c", 0) as mine:
        with other.alone("mailbox-ann/b ../c", 0.1) as theirs:
            assert (mine, theirs) == (True, False)
        with other.alone("another", 0) as free:
            assert free
    with other.alone("mailbox-ann/b ../c", 0) as later:
        assert later
    other.close()
    assert {p.parent for p in path.parent.rglob("*")} == {path.parent}


def test_the_folder_of_the_database_is_for_the_owner_only(store: Sqlite) -> None:
    assert store.path.parent.stat().st_mode & 0o077 == 0
