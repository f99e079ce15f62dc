"""Embeddings: films and tastes
============================

From nothing but who rated what, a network learns vectors of films and people, in which genres show
that nobody told it.
"""

# %%
# The ratings
# -----------
#
# 400 people, 120 films of four genres. Each person likes some genres, each film is more or less good,
# and only one pair in six is rated.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

import hornet as keras
from hornet import layers

rng = np.random.default_rng(0)
genres = np.array(["crime", "comedy", "drama", "animation"])
films = pd.DataFrame({"genre": rng.integers(0, 4, 120), "quality": rng.normal(0, 0.5, 120)})
films["title"] = [f"{genres[genre]} {number}" for number, genre in enumerate(films["genre"])]
tastes = rng.normal(0, 1.2, (400, 4))
person, film = np.divmod(rng.permutation(400 * 120)[:8000], 120)
stars = 3 + tastes[person, films["genre"].to_numpy()[film]] + films["quality"].to_numpy()[film]
stars = np.clip(np.round(stars + rng.normal(0, 0.4, len(stars))), 1, 5).astype("float32")
ratings = pd.DataFrame({"person": person, "film": films["title"].to_numpy()[film], "stars": stars})
print(ratings.head())

# %%
# The model
# ---------
#
# A lookup numbers the titles, an embedding gives each a vector, and the stars are the product of the
# vectors of a person and a film, plus how generous the one and how good the other is.

keras.utils.set_random_seed(0)
titles = layers.StringLookup()
titles.adapt(ratings["film"])
size = 4
penalty = keras.regularizers.L2(1e-5)
film_in, person_in = keras.Input((1,), dtype="string", name="film"), keras.Input((1,), dtype="int32", name="person")
number = titles(film_in)
film_vectors = layers.Embedding(titles.vocabulary_size(), size, embeddings_regularizer=penalty, name="film_vectors")
person_vectors = layers.Embedding(400, size, embeddings_regularizer=penalty, name="person_vectors")
match = layers.Dot(axes=-1)([film_vectors(number), person_vectors(person_in)])
good = layers.Embedding(titles.vocabulary_size(), 1)(number)
generous = layers.Embedding(400, 1)(person_in)
stars_out = layers.Rescaling(1.0, 3.0)(layers.Flatten()(layers.add([match, good, generous])))
model = keras.Model([film_in, person_in], stars_out)
model.compile(keras.optimizers.Adam(0.01), "mse")
train, test = ratings[:6500], ratings[6500:]
stop = keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)
history = model.fit(
    train, train["stars"], epochs=40, batch_size=128, validation_split=0.15, callbacks=[stop], verbose=0
)
error = np.sqrt(model.evaluate(test, test["stars"], verbose=0))
print(f"error of new ratings: {error:.2f} stars; of the mean rating: {test['stars'].std():.2f}")

# %%
# What the vectors know
# ---------------------
#
# Genres were no input. The first two principal components of the films' vectors show them.

vocabulary = titles.get_vocabulary()[1:]
vectors = film_vectors.get_weights()[0][1:]
flat = PCA(2).fit_transform(vectors)
genre_of = films.set_index("title")["genre"].loc[vocabulary].to_numpy()

figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5), layout="constrained")
for genre, name in enumerate(genres):
    chosen = genre_of == genre
    left.scatter(*flat[chosen].T, s=24, marker="osD^"[genre], label=name)
left.set(title="Vectors of films", xlabel="first component", ylabel="second component")
left.legend()
unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
order = np.argsort(genre_of, kind="stable")
picture = right.imshow((unit @ unit.T)[np.ix_(order, order)], cmap="RdBu", vmin=-1, vmax=1)
right.set(title="Likeness of each two films, by genre", xticks=[], yticks=[])
figure.colorbar(picture, ax=right, label="cosine")
plt.show()

# %%
# Recommend
# ---------
#
# The films that a person has not rated, by the stars that they would give.

someone = 7
unseen = films[~films["title"].isin(ratings.loc[ratings["person"] == someone, "film"])]
rows = pd.DataFrame({"film": unseen["title"], "person": someone})
best = unseen.assign(stars=model.predict(rows, verbose=0)[:, 0]).nlargest(5, "stars")
print("likes most:", genres[tastes[someone].argmax()])
print(best[["title", "stars"]].to_string(index=False))
