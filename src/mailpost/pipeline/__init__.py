"""The straight line from a mail to a kept post: effects in order, no decisions.

keep raw → count the attempt → read in a child → put media → accept → settle. Every line may be followed by a crash
and every line may run twice.
"""

from mailpost.pipeline.again import answered, read_again, release
from mailpost.pipeline.line import Line, now, raw_path
from mailpost.pipeline.poll import ATTEMPTS, poll, state_of

__all__ = ["ATTEMPTS", "Line", "answered", "now", "poll", "raw_path", "read_again", "release", "state_of"]
