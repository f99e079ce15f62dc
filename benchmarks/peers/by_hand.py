"""The same networks in NumPy, gradients written out: what the mathematics costs without a framework."""

from itertools import pairwise

import data
import numpy as np

BATCH = 32
RATE = np.float32(0.01)


def housing():
    """8-30-1 regression; see `job.py` for what is returned."""
    training, validation = data.housing()
    weights = _glorot([8, 30, 1])

    def slope(outputs, targets):
        return outputs - targets, ((outputs - targets) ** 2).sum(), 0

    return _trainer(weights, slope, 2, training, validation), lambda rows: _forward(weights, rows)[-1]


def fashion():
    """784-300-100-10 classification with softmax and cross-entropy."""
    training, validation = ((images.reshape(len(images), -1), labels) for images, labels in data.fashion())
    weights = _glorot([784, 300, 100, 10])

    def slope(outputs, labels):
        rows = np.arange(len(labels))
        exponentials = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
        loss = -np.log(np.maximum(probabilities[rows, labels], 1e-7)).sum()
        hits = (probabilities.argmax(axis=1) == labels).sum()
        probabilities[rows, labels] -= 1
        return probabilities, loss, hits

    return _trainer(weights, slope, 1, training, validation), None


def _glorot(sizes):
    generator = np.random.default_rng(0)
    weights = []
    for before, after in pairwise(sizes):
        limit = np.sqrt(6 / (before + after))
        kernel = generator.uniform(-limit, limit, (before, after)).astype("float32")
        weights.append((kernel, np.zeros(after, "float32")))
    return weights


def _forward(weights, x):
    """Input and output of every layer, relu between them."""
    values = [x]
    for kernel, bias in weights[:-1]:
        values.append(np.maximum(values[-1] @ kernel + bias, 0))
    kernel, bias = weights[-1]
    return [*values, values[-1] @ kernel + bias]


def _trainer(weights, slope, factor, training, validation):
    """`slope` gives the loss's gradient by the outputs, up to `factor / rows`; the loss and the hits, summed."""
    generator = np.random.default_rng(1)

    def train(epochs):
        for _ in range(epochs):
            _epoch(weights, slope, factor, *training, generator)
            _, loss, _ = slope(_forward(weights, validation[0])[-1], validation[1])
        return float(loss) / len(validation[0])

    return train


def _epoch(weights, slope, factor, x, y, generator):
    order = generator.permutation(len(x))
    total = hits = 0
    for start in range(0, len(x), BATCH):
        rows = order[start : start + BATCH]
        values = _forward(weights, x[rows])
        gradient, loss, batch_hits = slope(values[-1], y[rows])
        gradient *= np.float32(factor / len(rows))
        total += loss
        hits += batch_hits
        for layer in reversed(range(len(weights))):
            kernel, bias = weights[layer]
            by_kernel, by_bias = values[layer].T @ gradient, gradient.sum(axis=0)
            if layer:
                gradient = (gradient @ kernel.T) * (values[layer] > 0)
            kernel -= RATE * by_kernel
            bias -= RATE * by_bias
    return total / len(x), hits / len(x)
