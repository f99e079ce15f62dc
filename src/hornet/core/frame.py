"""The context of a pure call while it runs."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import jax

from hornet.core.leaks import replace_leaks

_open_frame: ContextVar[Frame | None] = ContextVar("hornet_open_frame", default=None)


class Frame:
    """The values, mode and random key of one pure call.

    Args:
        values: The value of every box (variable or hyperparameter) that the call may read or write.
        training: Whether layers behave as in training; `None` where nobody has said so, as in an eager call.
        key: Raw key data that random layers draw from, or a function that returns them and is called at the
            first draw; `None` where nothing may be random.
        keeps_state: Whether assignments to variables are kept; they are not in `evaluate` and `predict`.
    """

    __slots__ = (
        "_draws",
        "_draws_of",
        "_masks",
        "compute_dtype",
        "keeps_state",
        "key",
        "loss_owners",
        "loss_parts",
        "losses",
        "made",
        "ran",
        "step",
        "training",
        "values",
        "watcher",
    )

    def __init__(
        self, values: dict[Any, Any], training: bool | None = False, key: Any = None, keeps_state: bool = True
    ) -> None:
        self.values = values
        self.training = training
        self.key = key
        self.keeps_state = keeps_state
        self.losses: list[Any] = []
        self.loss_owners: list[Any] = []
        """The layer that added each of `losses`."""
        self.loss_parts: list[Any] = []
        """What the losses of `compile` were, each with its divisor, where a loss of the user's own took them."""
        self.made: list[Any] = []
        """The variables that were made during the call."""
        self.compute_dtype: str | None = None
        """The type in which the layer that runs reads its weights; `None` for their own."""
        self.ran: list[Any] = []
        """The layers that ran."""
        self.watcher: Callable[[Any, Any], None] | None = None
        """Called with each layer that ran, and its outputs."""
        self.step: Any = None
        """What runs the step of training or evaluation that the call is a part of, if it is."""
        self._draws = 0
        self._draws_of: Counter[int] = Counter()
        self._masks: dict[int, tuple[Any, Any]] = {}

    @contextmanager
    def opened(self) -> Generator[Frame, None, None]:
        """Make this the current frame for the time of a `with` block."""
        token = _open_frame.set(self)
        try:
            yield self
        finally:
            _open_frame.reset(token)
            replace_leaks(self.ran)

    def next_key(self) -> jax.Array:
        """Return a random key that no other draw of this call gets."""
        if self.key is None:
            raise RuntimeError(
                "A random layer was called in a frame without a random key. Pass `key=jax.random.key(0)`, or another, "
                "to `stateless_call` or the pure call."
            )
        self._draws += 1
        if callable(self.key):
            self.key = self.key()
        random: Any = jax.random  # whose own types are partly unknown
        return random.fold_in(random.wrap_key_data(self.key), self._draws)

    def key_of_seed(self, seed: int, owner: Any) -> jax.Array:
        """Return a random key for the next draw of an owner, which owners of equal seeds get alike.

        In a program it changes with each update, as all keys do; in an eager call it follows from the seed alone, and
        from how often the owner has drawn.

        Args:
            seed: The seed of the owner.
            owner: What draws. It counts its eager calls in `_eager_draws`.
        """
        random: Any = jax.random  # whose own types are partly unknown
        if callable(self.key):
            owner._eager_draws += 1
            return random.fold_in(random.key(seed), owner._eager_draws)
        self._draws_of[id(owner)] += 1
        key = random.fold_in(random.wrap_key_data(self.key), seed)
        return random.fold_in(key, self._draws_of[id(owner)])

    def add_losses(self, owner: Any, losses: list[Any]) -> None:
        """Add what a layer puts into the loss of the call."""
        self.losses.extend(losses)
        self.loss_owners.extend([owner] * len(losses))

    def mask_of(self, array: Any) -> Any:
        """Return which timesteps of an array are unmasked, or `None` if all are."""
        known = self._masks.get(id(array))
        return _kept_mask(array) if known is None else known[1]

    def set_mask(self, array: Any, mask: Any) -> None:
        """Set which timesteps of an array are unmasked."""
        self._masks[id(array)] = (array, mask)  # with the array, so that its id stays its own


def current_frame() -> Frame | None:
    """Return the open frame, or `None` outside pure calls."""
    return _open_frame.get()


def mask_of(array: Any) -> Any:
    """Return which timesteps of an array are unmasked, or `None` if all are."""
    frame = current_frame()
    return _kept_mask(array) if frame is None else frame.mask_of(array)


_kept: dict[int, tuple[weakref.ref[Any], Any]] = {}
"""The masks of tracers that left their frames, by the tracer's id, as long as it lives."""


def keep_mask(array: Any, mask: Any) -> None:
    """Remember the mask of an array that leaves its frame, for the layer that is called on it next."""
    try:
        array._keras_mask = mask  # the name by which programs for Keras read it
    except AttributeError:  # a tracer, which takes no attributes
        key = id(array)
        _kept[key] = weakref.ref(array, lambda _: _kept.pop(key, None)), mask


def carry_mask(array: Any, result: Any) -> None:
    """Give what was made of an array, such as a cast, the array's mask."""
    mask = mask_of(array)
    if mask is not None:
        put_mask(result, mask)


def put_mask(array: Any, mask: Any) -> None:
    """Set which timesteps of an array are unmasked, in a frame or outside."""
    frame = current_frame()
    keep_mask(array, mask) if frame is None else frame.set_mask(array, mask)


def _kept_mask(array: Any) -> Any:
    reference, mask = _kept.get(id(array), (None, None))
    return mask if reference is not None and reference() is array else getattr(array, "_keras_mask", None)
