"""Draw what a table's estimator predicts of houses that it has not seen, beside boosted trees; some minutes."""

from pathlib import Path

import matplotlib
import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import root_mean_squared_error

import hornet as keras
from hornet.estimators import TabularRegressor

matplotlib.use("agg")
import matplotlib.pyplot as plt

(x_train, y_train), (x_test, y_test) = keras.datasets.california_housing.load_data()
y_train, y_test = np.ravel(y_train), np.ravel(y_test)

models = {
    "hornet's TabularRegressor": TabularRegressor(compare=False, random_state=42),
    "scikit-learn's boosted trees": HistGradientBoostingRegressor(random_state=42),
}
figure, panels = plt.subplots(1, 2, figsize=(8, 4), sharex=True, sharey=True, layout="constrained")
for (name, model), axes in zip(models.items(), panels, strict=True):
    predicted = model.fit(x_train, y_train).predict(x_test)
    error = 100_000 * root_mean_squared_error(y_test, predicted)
    axes.hexbin(y_test, predicted, gridsize=40, bins="log", mincnt=1, cmap="viridis", extent=(0, 5.2, 0, 5.2))
    axes.plot([0, 5.2], [0, 5.2], color="black", linewidth=0.8)
    axes.set(title=f"{name}\ntest error (RMSE): ${error:,.0f}", xlabel="median price, $100,000", aspect="equal")
panels[0].set_ylabel("predicted")
figure.suptitle(f"California housing, both untuned: {len(y_test):,} districts that were held out", fontsize="medium")
figure.savefig(Path(__file__).with_suffix(".png"), dpi=110)
