"""A real TensorBoard in a real browser shows the curves of a run."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

import hornet
from hornet import callbacks, layers

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")


@pytest.fixture
def board(tmp_path):
    """The address of a TensorBoard that shows a run of four epochs."""
    x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
    model = hornet.Sequential([layers.Dense(4, "relu", input_shape=(3,)), layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd", metrics=["mae"])
    follower = callbacks.TensorBoard(tmp_path / "run")
    model.fit(x, x[:, :1], epochs=4, validation_split=0.25, verbose=0, callbacks=[follower])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(tmp_path), "--port", str(port)]
    with open(tmp_path / "log", "w") as log:
        server = subprocess.Popen([*command, "--host", "127.0.0.1", "--load_fast", "false"], stdout=log, stderr=log)
        try:
            for _ in range(300):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=30)


@pytest.fixture
def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1400,1000"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


@pytest.mark.full  # test_tensorboard.py reads the same files with TensorBoard's own reader
@pytest.mark.skipif(not (BROWSER and DRIVER), reason="needs Debian's chromium and chromium-driver")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_curves_are_drawn(board, browser, tmp_path):
    browser.get(f"{board}/?darkMode=false&tagFilter=epoch_loss|epoch_mae#timeseries")
    wanted = ("epoch_loss", "epoch_mae")

    def drawn(driver):
        cards = driver.find_elements(By.CSS_SELECTOR, "scalar-card")
        titles = " ".join(card.text for card in cards)
        return all(name in titles for name in wanted) and driver.find_elements(
            By.CSS_SELECTOR, "line-chart canvas, line-chart svg"
        )

    WebDriverWait(browser, 90).until(drawn)
    time.sleep(2)  # for the curves themselves, which nothing in the page announces
    runs = browser.find_element(By.TAG_NAME, "body").text
    assert "run/train" in runs
    assert "run/validation" in runs
    kept = Path(os.environ.get("HORNET_SCREENSHOTS") or tmp_path)
    kept.mkdir(parents=True, exist_ok=True)
    assert browser.save_screenshot(str(kept / "tensorboard.png"))
