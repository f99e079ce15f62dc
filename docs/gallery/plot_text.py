"""Texts: reviews, and the words that count
========================================

From raw text to a verdict. The words are numbered inside the model, so its file takes text.
"""

# %%
# The reviews
# -----------
#
# Made from a grammar, so that the truth is known: praise, blame, and "not" in front, which turns
# either around.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import RocCurveDisplay

import hornet as keras
from hornet import layers

rng = np.random.default_rng(0)
praise = ["good", "great", "charming", "funny", "moving", "clever"]
blame = ["bad", "dull", "boring", "clumsy", "silly", "weak"]
things = ["film", "plot", "cast", "music", "ending", "story"]
frames = ["The {} was {}", "I found the {} {}", "Its {} is {}", "To me the {} seemed {}"]


def review():
    """Return a text of one to three opinions, and whether praise prevails."""
    score, parts = 0, []
    while score == 0:
        score, parts = 0, []
        for _ in range(rng.integers(1, 4)):
            good, turned = rng.random() < 0.5, rng.random() < 0.3
            word = ("not " if turned else "") + str(rng.choice(praise if good else blame))
            parts.append(str(rng.choice(frames)).format(rng.choice(things), word))
            score += 1 if good != turned else -1
    return ". ".join(parts) + ".", int(score > 0)


texts, labels = (np.array(column) for column in zip(*(review() for _ in range(3000)), strict=True))
x, x_test, y, y_test = texts[:2000], texts[2000:], labels[:2000], labels[2000:]
for text, label in zip(x[:4], y[:4], strict=True):
    print(label, text)

# %%
# Two models
# ----------
#
# One sees a bag of words. The other sees them in their order, through a convolution over three words
# at a time.

vectorize = layers.TextVectorization(output_sequence_length=24)
vectorize.adapt(x)
words = vectorize.vocabulary_size()
bag = layers.TextVectorization(output_mode="multi_hot")
bag.adapt(x)

keras.utils.set_random_seed(0)
models = {
    "bag of words": [bag],
    "convolution": [
        vectorize,
        layers.Embedding(words, 16),
        layers.Conv1D(32, 3, activation="relu"),
        layers.GlobalAveragePooling1D(),
        layers.Dense(16, activation="relu"),
    ],
}
for name, stack in models.items():
    model = keras.Sequential([keras.Input((1,), dtype="string"), *stack, layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=12, batch_size=64, verbose=0)
    models[name] = model
    print(name, model.evaluate(x_test, y_test, return_dict=True, verbose=0))

# %%
# The words that count
# --------------------
#
# The weights of the first model are its opinion of each word. It has learnt which words praise, but
# can do nothing with "not".

weights = models["bag of words"].layers[-1].get_weights()[0][:, 0]
vocabulary = np.array(bag.get_vocabulary())
order = np.argsort(weights)
order = np.concatenate([order[:7], [int(np.flatnonzero(vocabulary == "not")[0])], order[-7:]])

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
left.barh(vocabulary[order], weights[order], color=np.where(weights[order] > 0, "C0", "C3"))
left.set(xlabel="weight", title="A bag of words")
for name, model in models.items():
    RocCurveDisplay.from_predictions(y_test, model.predict(x_test, verbose=0)[:, 0], ax=right, name=name)
right.set(title="New reviews")
plt.show()

# %%
# Ask it
# ------
#
# The file holds the vocabulary, and takes text.

models["convolution"].save("reviews.keras")
reviews = keras.models.load_model("reviews.keras")
asked = [
    "The film was good.",
    "The film was not good.",
    "To me its plot seemed not boring.",
    "I found the cast dull. The music was great.",
]
figure, axes = plt.subplots(figsize=(8, 2.6), layout="constrained")
chances = reviews.predict(asked, verbose=0)[:, 0]
axes.barh(asked[::-1], chances[::-1], color=np.where(chances[::-1] > 0.5, "C0", "C3"))
axes.axvline(0.5, color="black", linewidth=1)
axes.set(xlabel="chance that praise prevails", xlim=(0, 1))
plt.show()
