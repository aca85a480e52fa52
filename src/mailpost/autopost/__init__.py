"""Other places a post is copied to.

The port: what every target promises. A target is one module here with `Settings` and `open`.
"""

from dataclasses import dataclass
from typing import Protocol

from mailpost.blog import Blog
from mailpost.post import Post


@dataclass(frozen=True, slots=True)
class Copy:
    """A post on its way: `key` is the same for every attempt at the same target."""

    post: Post
    blog: Blog
    key: str

    @property
    def url(self) -> str:
        return self.blog.url + self.post.path


class Target(Protocol):
    """Raises `Temporary` where waiting may help, `maybe_done` where it may have arrived; `Rejected` where it will not."""

    def send(self, copy: Copy, *, again: bool) -> str:
        """Make the copy and return its address. `again`: an earlier attempt may have got through, so look first."""
