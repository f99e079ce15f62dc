"""The only ambient object: mode, random draws and collected losses of one pure call."""

import jax
import pytest

from hornet.core import random
from hornet.core.frame import Frame, current_frame


def draws(key, count=3):
    frame = Frame({}, key=key)
    return [tuple(jax.random.key_data(frame.next_key()).tolist()) for _ in range(count)]


def test_frames_nest_and_are_closed_when_their_block_ends():
    outer, inner = Frame({}), Frame({})
    assert current_frame() is None
    with outer.opened():
        with inner.opened():
            assert current_frame() is inner
        assert current_frame() is outer
    assert current_frame() is None


def test_a_frame_is_closed_when_its_block_fails():
    with pytest.raises(ZeroDivisionError), Frame({}).opened():
        1 / 0
    assert current_frame() is None


def test_every_draw_of_a_call_gets_another_key():
    assert len(set(draws(random.key_data(7), 50))) == 50


def test_draws_are_a_function_of_the_key():
    assert draws(random.key_data(7)) == draws(random.key_data(7))


def test_keys_of_two_steps_share_no_draw():
    key = jax.random.wrap_key_data(random.key_data(7))
    steps = [jax.random.key_data(jax.random.fold_in(key, step)) for step in range(4)]
    assert len({draw for step in steps for draw in draws(step, 10)}) == 40


def test_a_draw_without_a_key_is_refused_with_advice():
    with pytest.raises(RuntimeError, match=r"without a random key\. Pass `key=jax\.random\.key\(0\)`, or another, to"):
        Frame({}).next_key()


def test_frames_share_nothing():
    one, other = Frame({}), Frame({}, training=True)
    one.losses.append(1.0)
    assert other.losses == []
    assert (one.training, other.training) == (False, True)
