"""The statements, the same on every engine; an engine adds how it connects, upserts and locks."""

from mailpost.store.deliveries import Deliveries
from mailpost.store.drawing import Drawing
from mailpost.store.mails import Mails
from mailpost.store.posts import Posts


class Statements(Mails, Posts, Drawing, Deliveries):
    """Everything of the port but `alone`."""
