# ruff: noqa: INP001 - alembic loads it by its path
"""The first schema.

Written out: the tables of today are in `tables.py`, these are those of this version for ever.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
moment = sa.BigInteger()  # whole seconds since 1970, in UTC


def upgrade() -> None:
    op.create_table(
        "mail",
        sa.Column("id", number, primary_key=True),
        sa.Column("mailbox", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("received", moment),
        sa.Column("seen", moment, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("blog", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.UniqueConstraint("mailbox", "key"),
    )
    op.create_index("mail_digest", "mail", ["digest"])
    op.create_index("mail_state", "mail", ["state"])
    op.create_table(
        "post",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("blog", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("untitled", sa.Boolean(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("feed_id", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("trimmed", sa.Text(), nullable=False),
        sa.Column("published", moment, nullable=False),
        sa.Column("updated", moment, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("attachments", sa.JSON(), nullable=False),
        sa.Column("mail", sa.String(), nullable=False),
        sa.UniqueConstraint("blog", "path"),
    )
    op.create_index("post_order", "post", ["blog", "status", "published", "id"])
    op.create_index("post_month", "post", ["blog", "status", "month"])
    op.create_table(
        "post_tag",
        sa.Column("blog", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("post", sa.String(), sa.ForeignKey("post.id"), primary_key=True),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("published", moment, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
    )
    op.create_index("post_tag_order", "post_tag", ["blog", "name", "status", "published", "post"])
    op.create_table(
        "change",
        sa.Column("revision", number, primary_key=True),
        sa.Column("blog", sa.String(), nullable=False),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("earliest", moment),
        sqlite_autoincrement=True,
    )
    op.create_index("change_blog", "change", ["blog", "revision"])
    op.create_table(
        "drawn",
        sa.Column("blog", sa.String(), primary_key=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("look", sa.String(), nullable=False),
    )
    op.create_table(
        "delivery",
        sa.Column("id", number, primary_key=True),
        sa.Column("post", sa.String(), sa.ForeignKey("post.id"), nullable=False),
        sa.Column("blog", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", moment, nullable=False),
        sa.Column("lease", moment),
        sa.Column("maybe", sa.Boolean(), nullable=False),
        sa.Column("remote", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.UniqueConstraint("post", "target"),
    )
    op.create_index("delivery_due", "delivery", ["state", "due"])
