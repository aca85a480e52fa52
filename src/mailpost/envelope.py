"""What the headers say, read once and before anything else is opened."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Envelope:
    """Facts about a mail that its header block alone decides.

    Addresses are lower-case with ASCII domains. `sent` is the Date field in UTC, None where it cannot be read;
    `received` is when the mailbox got the mail. `delivered_to` are the addresses the receiving servers wrote
    (Delivered-To, X-Original-To, …), `recipients` those of To and Cc. `results` are the values of all
    Authentication-Results fields from the top, each with its distance from the top as field number, and
    `trace` the numbers of the Received fields. `automatic` says which field shows that a program sent it.
    """

    sender: str
    message_id: str
    subject: str
    sent: datetime | None
    received: datetime | None
    recipients: tuple[str, ...]
    delivered_to: tuple[str, ...]
    results: tuple[tuple[int, str], ...] = ()
    trace: tuple[int, ...] = ()
    signatures: int = 0
    automatic: str = ""
    in_reply_to: str = ""
