# ruff: noqa: INP001 - alembic loads it by its path
"""Which posts have sound, for the podcast feed; months in the order of their posts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("post", "change"):
        op.add_column(table, sa.Column("sound", sa.Boolean(), nullable=False, server_default=sa.false()))
    post = sa.table(
        "post",
        sa.column("id", sa.String()),
        sa.column("attachments", sa.JSON()),
        sa.column("sound", sa.Boolean()),
    )
    connection = op.get_bind()
    rows = connection.execute(sa.select(post.c.id, post.c.attachments))
    having = [row.id for row in rows if any(a["kind"] == "sound" for a in row.attachments)]
    for id_ in having:
        connection.execute(sa.update(post).where(post.c.id == id_).values(sound=True))
    op.create_index(
        "post_sound",
        "post",
        ["blog", "status", "published", "id"],
        sqlite_where=sa.text("sound = 1"),
        postgresql_where=post.c.sound,
    )
    op.drop_index("post_month", "post")
    op.create_index("post_month", "post", ["blog", "status", "month", "published", "id"])
