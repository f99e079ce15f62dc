"""A mixed table: prices of houses
===============================

Numbers, words, dates and gaps, from a frame to a model that takes raw rows, beside boosted trees.
"""

# %%
# The table
# ---------
#
# California's districts of 1990, with what real tables have: a column of words, a column of dates,
# and gaps. The words say in which part of the state a district lies, the dates when its count was
# handed in (which means nothing).

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

import hornet as keras
from hornet.estimators import TabularRegressor

names = ["income", "age", "rooms", "bedrooms", "population", "occupancy", "latitude", "longitude"]
(x, y), _ = keras.datasets.california_housing.load_data()
rng = np.random.default_rng(0)
chosen = rng.permutation(len(x))[:1500]
table = pd.DataFrame(x[chosen], columns=names)
table["region"] = np.select(
    [table["latitude"] > 38.5, table["longitude"] < -121.5, table["latitude"] < 34.5],
    ["north", "bay", "south"],
    "valley",
)
table["counted"] = pd.Timestamp("1990-04-01") + pd.to_timedelta(rng.integers(0, 90, len(table)), "D")
table.loc[rng.random(len(table)) < 0.1, "income"] = np.nan
table.loc[rng.random(len(table)) < 0.05, "region"] = None
table["price"] = y[chosen]
print(table.head(3).T)

# %%
# Train, and compare
# ------------------
#
# One call. It trains a network and a linear model, and, as it is asked to, boosted trees on the same
# rows to compare with.

train, test = train_test_split(table, random_state=0)
regressor = TabularRegressor("fast", compare=True, random_state=0)
regressor.fit(train.drop(columns="price"), train["price"])
print(regressor.score_, regressor.comparison_)

# %%
# Predict rows that it has not seen
# ---------------------------------
#
# A point on the diagonal is a price that was predicted exactly. Prices above 5 were cut off by those
# who counted. The bars on the right are how much worse the score gets when a column is shuffled.

rows = test.drop(columns="price")
predicted = regressor.predict(rows)
importances = regressor.feature_importances(rows, test["price"], n_repeats=2)

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained")
left.scatter(test["price"], predicted, s=8, alpha=0.4)
left.plot([0, 5], [0, 5], color="black", linewidth=1)
left.set(
    xlabel="price (100,000 $)", ylabel="predicted", title=f"R² {regressor.score(rows, test['price']):.2f} of new rows"
)
bars = list(importances.items())[::-1]
right.barh([name for name, _ in bars], [value for _, value in bars])
right.set(xlabel="loss of R² when shuffled", title="What the model looks at")
plt.show()

# %%
# How sure is it?
# ---------------
#
# Nine in ten new prices should lie within these intervals.

low, high = regressor.predict_interval(rows, coverage=0.9).T
inside = (test["price"] >= low) & (test["price"] <= high)
order = np.argsort(predicted)[:: len(predicted) // 60]

figure, axes = plt.subplots(figsize=(9, 4), layout="constrained")
axes.vlines(range(len(order)), low[order], high[order], color="C0", alpha=0.4, label="interval for 90%")
axes.plot(range(len(order)), test["price"].to_numpy()[order], "k.", label="price")
axes.set(
    xlabel="districts, by prediction", ylabel="price (100,000 $)", title=f"{inside.mean():.0%} of new prices are inside"
)
axes.legend()
plt.show()

# %%
# Keep it
# -------
#
# The file takes raw rows in any process, words and gaps included.

regressor.save("prices.keras")
model = keras.models.load_model("prices.keras")
print(model.predict({name: [rows[name].iloc[0]] for name in rows}, verbose=0), predicted[0])
