"""What every target promises: subclass `TargetContract` and say how to open one and what its other side does."""

from typing import Any, Protocol

import pytest

from mailpost.autopost import Copy, Target
from mailpost.errors import Rejected, Temporary
from tests import blogs


class Other(Protocol):
    """The service at the other end: what it will do next, and what it got."""

    got: list[Any]

    def will(self, what: str) -> None:
        """One of "take", "fail", "refuse", "hang up", or "vanish" for nobody there at all."""


def copy() -> Copy:
    return Copy(blogs.with_media(1), blogs.BLOG, "mailpost-1-target")


class TargetContract:
    """Needs two fixtures: `other`, the service, and `target`, open."""

    def test_a_copy_arrives_and_its_address_is_told(self, target: Target, other: Other) -> None:
        assert target.send(copy(), again=False).startswith("http")
        assert len(other.got) == 1

    def test_a_service_in_trouble_is_tried_again(self, target: Target, other: Other) -> None:
        other.will("fail")
        with pytest.raises(Temporary):
            target.send(copy(), again=False)

    def test_a_service_that_says_no_is_not_tried_again(self, target: Target, other: Other) -> None:
        other.will("refuse")
        with pytest.raises(Rejected):
            target.send(copy(), again=False)

    def test_a_connection_lost_in_the_middle_may_have_been_enough(self, target: Target, other: Other) -> None:
        other.will("hang up")
        with pytest.raises(Temporary) as caught:
            target.send(copy(), again=False)
        assert caught.value.maybe_done

    def test_where_nobody_is_nothing_has_arrived(self, target: Target, other: Other) -> None:
        other.will("vanish")
        with pytest.raises(Temporary) as caught:
            target.send(copy(), again=False)
        assert not caught.value.maybe_done
