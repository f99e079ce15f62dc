"""A population of equal members as one vmapped scan: what the mathematics costs in plain JAX."""

import data
import jax
import jax.numpy as jnp
import numpy as np
import space
from jax import lax

BATCH = 32
NO_FUSION = {"xla_cpu_experimental_ynn_fusion_type": ""}  # which, with a flag, makes the loop one native function


def population(members=64, hoisted=False):
    """8-30-1 regressions of different seeds and learning rates; see `job.py` for what is returned."""
    (x, y), _ = data.housing()
    rates = space.rates(members)
    generator = np.random.default_rng(0)
    weights = _glorot(generator, members, 8, 30) | _glorot(generator, members, 30, 1)
    rows = np.resize(np.arange(len(x), dtype="int32"), -(-len(x) // BATCH) * BATCH)  # the last batch filled up
    everyone = np.tile(rows, (members, 1))
    epoch = jax.jit(jax.vmap(_epoch, in_axes=(0, 0, 0, None, None)), compiler_options=NO_FUSION if hoisted else None)

    def train(epochs):
        nonlocal weights
        for _ in range(epochs):
            orders = generator.permuted(everyone, axis=1).reshape(members, -1, BATCH)
            weights, losses = epoch(weights, rates, orders, x, y)
        return float(jax.block_until_ready(losses).mean())

    return train


def _epoch(weights, rate, order, x, y):
    def loss(weights, inputs, targets):
        hidden = jax.nn.relu(inputs @ weights["kernel8"] + weights["bias8"])
        return jnp.mean((hidden @ weights["kernel30"] + weights["bias30"] - targets) ** 2)

    def update(weights, rows):
        batch = (one.at[rows].get(mode="promise_in_bounds") for one in (x, y))
        value, gradients = jax.value_and_grad(loss)(weights, *batch)
        return jax.tree.map(lambda weight, gradient: weight - rate * gradient, weights, gradients), value

    return lax.scan(update, weights, order)


def _glorot(generator, members, before, after):
    limit = np.sqrt(6 / (before + after))
    kernel = generator.uniform(-limit, limit, (members, before, after)).astype("float32")
    return {f"kernel{before}": kernel, f"bias{before}": np.zeros((members, after), "float32")}
