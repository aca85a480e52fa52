"""The tables, the same on every engine."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData()


class Moment(TypeDecorator[datetime]):
    """An aware time as whole seconds since 1970, in UTC: the same on every engine, and it sorts."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else int(value.timestamp())

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else datetime.fromtimestamp(value, UTC)


number = BigInteger().with_variant(Integer, "sqlite")

mail = Table(
    "mail",
    metadata,
    Column("id", number, primary_key=True),
    Column("mailbox", String, nullable=False),
    Column("key", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("received", Moment),
    Column("seen", Moment, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False, default=""),
    Column("detail", String, nullable=False, default=""),
    Column("attempts", Integer, nullable=False),
    Column("blog", String, nullable=False, default=""),
    Column("author", String, nullable=False, default=""),
    Column("post", String, nullable=False, default=""),
    Column("warnings", JSON, nullable=False, default=list),
    Column("token", String, nullable=False, default="", server_default=""),
    Column("until", Moment),
    Column("fingerprints", JSON, nullable=False, default=list, server_default="[]"),
    UniqueConstraint("mailbox", "key"),
    Index("mail_digest", "digest"),
    Index("mail_state", "state"),
    Index("mail_author", "blog", "author", "received"),
)

# Few mails have a question.
Index("mail_token", mail.c.token, sqlite_where=mail.c.token != "", postgresql_where=mail.c.token != "")

# One post for each signature: a mail caught and sent again with other unsigned fields is the same mail.
signature = Table(
    "signature",
    metadata,
    Column("blog", String, primary_key=True),
    Column("fingerprint", String, primary_key=True),
    Column("post", String, ForeignKey("post.id"), nullable=False),
)

post = Table(
    "post",
    metadata,
    Column("id", String, primary_key=True),
    Column("blog", String, nullable=False),
    Column("author", String, nullable=False),
    Column("title", String, nullable=False),
    Column("untitled", Boolean, nullable=False),
    Column("path", String, nullable=False),
    Column("month", String, nullable=False),
    Column("feed_id", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("trimmed", Text, nullable=False),
    Column("published", Moment, nullable=False),
    Column("updated", Moment, nullable=False),
    Column("status", String, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("attachments", JSON, nullable=False),
    Column("mail", String, nullable=False),
    Column("sound", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("blog", "path"),
    # Lists are read from this index alone, however long the posts are.
    Index("post_order", "blog", "status", "published", "id"),
    Index("post_month", "blog", "status", "month", "published", "id"),
)

# Few posts have sound: asking for them costs nothing where there are none, however many others there are.
Index(
    "post_sound",
    post.c.blog,
    post.c.status,
    post.c.published,
    post.c.id,
    sqlite_where=text("sound = 1"),  # as the query says it, or SQLite does not see that this is the index for it
    postgresql_where=post.c.sound,
)

post_tag = Table(
    "post_tag",
    metadata,
    Column("blog", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("post", String, ForeignKey("post.id"), primary_key=True),
    Column("label", String, nullable=False),
    Column("published", Moment, nullable=False),
    Column("status", String, nullable=False),
    Index("post_tag_order", "blog", "name", "status", "published", "post"),
)

change = Table(
    "change",
    metadata,
    Column("revision", number, primary_key=True),
    Column("blog", String, nullable=False),
    Column("post", String, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("month", String, nullable=False),
    Column("earliest", Moment),
    Column("sound", Boolean, nullable=False, server_default=false()),
    Index("change_blog", "blog", "revision"),
    sqlite_autoincrement=True,
)

drawn = Table(
    "drawn",
    metadata,
    Column("blog", String, primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("look", String, nullable=False),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", number, primary_key=True),
    Column("post", String, ForeignKey("post.id"), nullable=False),
    Column("blog", String, nullable=False),
    Column("target", String, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("due", Moment, nullable=False),
    Column("lease", Moment),
    Column("maybe", Boolean, nullable=False, default=False),
    Column("remote", String, nullable=False, default=""),
    Column("error", String, nullable=False, default=""),
    UniqueConstraint("post", "target"),
    Index("delivery_due", "state", "due"),
)
