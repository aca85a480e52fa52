# ruff: noqa: INP001 - alembic loads it by its path
"""Questions about mails that are held, one post for each signature, and how many come from an author in a day."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mail", sa.Column("token", sa.String(), nullable=False, server_default=""))
    op.add_column("mail", sa.Column("until", sa.BigInteger()))
    op.add_column("mail", sa.Column("fingerprints", sa.JSON(), nullable=False, server_default="[]"))
    token = sa.column("token", sa.String())
    op.create_index("mail_token", "mail", ["token"], sqlite_where=token != "", postgresql_where=token != "")
    op.create_index("mail_author", "mail", ["blog", "author", "received"])
    op.create_table(
        "signature",
        sa.Column("blog", sa.String(), primary_key=True),
        sa.Column("fingerprint", sa.String(), primary_key=True),
        sa.Column("post", sa.String(), sa.ForeignKey("post.id"), nullable=False),
    )
