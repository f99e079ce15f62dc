"""What a request is answered with, in each format."""

import io
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.ipc
import pytest
from fastapi.testclient import TestClient
from tests.serving.malformed import CSV, JSON, STREAM, arrow
from tests.serving.models import HOUSES, houses, rows, sums

import hornet as keras
from hornet.estimators import MLPClassifier, MLPRegressor
from hornet.serving import application
from hornet.tabular import Preset, TabularClassifier, TabularRegressor

TINY = Preset(kinds=("plain",), trainings=2, folds=2, updates=8, width=16)
TABLE = pd.DataFrame(HOUSES)


@pytest.fixture(scope="module")
def model():
    return houses()


@pytest.fixture(scope="module")
def client(model):
    with TestClient(application(model, max_batch=4)) as client:
        yield client


def predicted(answer):
    assert answer.status_code == 200, answer.text
    return np.array(answer.json()["predictions"])


def test_json_csv_and_arrow_are_the_same_rows(client, model):
    expected = model.predict(TABLE, verbose=0)[:, 0]
    as_json = client.post("/predict", content=TABLE.to_json(orient="records"), headers=JSON)
    as_csv = client.post("/predict", content=TABLE.to_csv(index=False), headers=CSV)
    as_arrow = client.post("/predict", content=arrow(pa.Table.from_pandas(TABLE)), headers=STREAM)
    for answer in (as_json, as_csv, as_arrow):
        assert predicted(answer) == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_columns_may_come_in_any_order_beside_others(client, model):
    row = {"rooms": 2, "id": 7, "built": None, "city": "Oslo", "area": 51.0}
    expected = model.predict({name: [row[name]] for name in HOUSES}, verbose=0)[0]
    assert predicted(client.post("/predict", json=row)) == pytest.approx(expected, rel=1e-5)
    assert predicted(client.post("/predict", json=[row])) == pytest.approx(expected, rel=1e-5)


def test_dates_booleans_and_dictionaries_of_arrow(client, model):
    dates = pd.to_datetime(TABLE["built"]).dt.date
    table = pa.table({**TABLE, "built": pa.array(dates), "rooms": [True] * 6}).set_column(
        1, "city", pa.array(TABLE["city"]).dictionary_encode()
    )
    expected = model.predict(TABLE.assign(rooms=1), verbose=0)[:, 0]
    assert predicted(client.post("/predict", content=arrow(table), headers=STREAM)) == pytest.approx(expected, rel=1e-5)


def test_answers_as_csv_and_arrow(client, model):
    expected = model.predict(TABLE, verbose=0)[:, 0]
    sent = {"content": TABLE.to_json(orient="records")}
    as_csv = client.post("/predict", **sent, headers={**JSON, "accept": "text/csv"})
    assert pd.read_csv(io.BytesIO(as_csv.content))["prediction"].to_numpy() == pytest.approx(expected, rel=1e-5)
    as_arrow = client.post("/predict", **sent, headers={**JSON, "accept": "application/vnd.apache.arrow.stream"})
    read = pa.ipc.open_stream(as_arrow.content).read_all()
    assert read["prediction"].to_numpy() == pytest.approx(expected, rel=1e-5)


def test_a_model_without_names_takes_arrays():
    x = rows(9)
    with TestClient(application(sums(), max_batch=4)) as client:
        assert predicted(client.post("/predict", json=x.tolist())) == pytest.approx(x.sum(axis=1), rel=1e-5)
        text = "\n".join(",".join(map(str, row)) for row in x.tolist())
        assert predicted(client.post("/predict", content=text, headers=CSV)) == pytest.approx(x.sum(axis=1), rel=1e-5)
        assert client.post("/predict", json=x[0].tolist()).json()["detail"].startswith("Row 0 is ")
        assert client.post("/predict", json=[[1, 2]]).status_code == 422
        assert "gap" in client.post("/predict", content="1,,3", headers=CSV).json()["detail"]


def test_a_frame_that_a_model_was_trained_on_names_its_columns():
    table = pd.DataFrame(rows(8), columns=["a b", "c", "d"])
    model = sums()
    model.compile("sgd", "mse")
    model.fit(table, table.sum(axis=1), verbose=0)
    turned = table[["d", "a b", "c"]]
    with TestClient(application(model)) as client:
        answer = client.post("/predict", content=turned.to_json(orient="records"), headers=JSON)
        assert predicted(answer) == pytest.approx(model.predict(table, verbose=0)[:, 0], rel=1e-5)
        for wrong, said in [(1e39, "larger than float32"), (None, "Send a finite number.")]:
            refused = client.post("/predict", json=[{"a b": 1, "c": 1, "d": 1}, {"a b": 1, "c": wrong, "d": 1}])
            assert refused.status_code == 422
            assert refused.json()["detail"].startswith("Row 1, column 'c'")
            assert said in refused.json()["detail"]
        gap = client.post("/predict", content="d,a b,c\n1,2,3\n4,5,\n", headers=CSV)
        assert gap.json()["detail"].startswith("Row 1, column 'c' has a gap")


def test_images_and_several_outputs_by_name():
    image = keras.Input((2, 2, 1), name="image")
    code = keras.Input((1,), dtype="int32", name="code")
    flat = keras.layers.Flatten()(image)
    known = keras.layers.Flatten()(keras.layers.Embedding(3, 2, name="codes")(code))
    outputs = [keras.layers.Dense(1, name="mass")(flat), keras.layers.Dense(2, name="place")(known)]
    model = keras.Model([image, code], outputs)
    x = np.arange(8.0).reshape(2, 2, 2, 1)
    mass, place = model.predict([x, np.array([[0], [2]])], verbose=0)
    with TestClient(application(model)) as client:
        sent = [{"image": x[number].tolist(), "code": code} for number, code in enumerate([0, 2])]
        found = client.post("/predict", json=sent).json()["predictions"]
        assert found["mass"] == pytest.approx(mass[:, 0].tolist())
        assert np.array(found["place"]) == pytest.approx(place)
        sent[1]["code"] = 3
        assert client.post("/predict", json=sent).json() == {
            "detail": "Row 1, column 'code' is 3. Send an integer from 0 to 2."
        }


def test_texts_and_words_of_one_input():
    lookup = keras.layers.StringLookup(vocabulary=["good", "bad"], output_mode="one_hot")
    model = keras.Sequential([keras.Input((1,), dtype="string"), lookup, keras.layers.Dense(1)])
    with TestClient(application(model)) as client:
        found = predicted(client.post("/predict", json=["good", "other"]))
        assert found == pytest.approx(model.predict(np.array(["good", "other"]), verbose=0)[:, 0], rel=1e-5)


def test_rows_of_any_length():
    model = keras.Sequential([keras.Input((None, 2)), keras.layers.GlobalAveragePooling1D()])
    with TestClient(application(model)) as client:
        for length in (1, 5):
            x = np.ones((3, length, 2))
            assert predicted(client.post("/predict", json=x.tolist())).tolist() == [[1.0, 1.0]] * 3
        for wrong, said in [
            ([[[1, 2]], [[1, 2], [3, 4]]], "Rows have several shapes"),
            ([[]], "Send lists of any x 2 numbers"),
            ([[[1, 2, 3]]], "Row 0, at [0], is [1, 2, 3]"),
        ]:
            answer = client.post("/predict", json=wrong)
            assert answer.status_code == 422
            assert said in answer.json()["detail"]


@pytest.mark.parametrize("table", [TABLE, TABLE[["area", "rooms"]].fillna(50.0)], ids=["words", "numbers"])
def test_an_estimator_answers_as_its_own_predict_to_the_bit(table, tmp_path):
    y = TABLE["rooms"] * 10.0
    fitted = TabularRegressor(TINY, random_state=0, compare=False).fit(table, y)
    fitted.save(tmp_path / "prices.keras")
    with TestClient(application(tmp_path / "prices.keras")) as client:
        whole = client.post("/predict", content=table.to_json(orient="records"), headers=JSON)
        single = client.post("/predict", json=json.loads(table.to_json(orient="records"))[2])
        description = client.get("/openapi.json").json()["paths"]["/predict"]["post"]["description"]
    assert whole.json()["predictions"] == fitted.predict(table).tolist()
    assert single.json()["predictions"] == fitted.predict(table)[2:3].tolist()
    assert "| area | number | null | 33 to 120 in training |" in description


def test_a_classifier_answers_with_classes_and_probabilities(tmp_path):
    fitted = TabularClassifier(TINY, random_state=0, compare=False).fit(TABLE, ["no", "yes"] * 3)
    fitted.save(tmp_path / "sold.keras")
    with TestClient(application(tmp_path / "sold.keras")) as client:
        answer = client.post("/predict", content=TABLE.to_json(orient="records"), headers=JSON).json()
        table = client.post("/predict", content=TABLE.to_csv(index=False), headers={**CSV, "accept": "text/csv"}).text
    assert answer["classes"] == ["no", "yes"]
    assert answer["predictions"] == fitted.predict(TABLE).tolist()
    assert answer["probabilities"] == fitted.predict_proba(TABLE).tolist()
    assert table.splitlines()[0] == '"prediction","probability_no","probability_yes"'


@pytest.mark.parametrize("table", [TABLE, TABLE[["area", "rooms"]].fillna(50.0)], ids=["words", "numbers"])
def test_other_estimators_answer_by_their_own_methods(table):
    regressor = MLPRegressor(4, max_iter=2, random_state=0).fit(table, TABLE["rooms"] * 100.0)
    classifier = MLPClassifier(4, max_iter=2, random_state=0).fit(
        table.select_dtypes("number").fillna(0.0).to_numpy(), [1, 2] * 3
    )
    with TestClient(application({"prices": regressor, "sold": classifier}, max_batch=8)) as client:
        answer = client.post("/models/prices/predict", content=table.to_json(orient="records"), headers=JSON)
        assert predicted(answer) == pytest.approx(regressor.predict(table), rel=1e-5)
        x = table.select_dtypes("number").fillna(0.0).to_numpy()
        found = client.post("/models/sold/predict", json=x.tolist()).json()
    assert found["predictions"] == classifier.predict(x).tolist()
    assert np.array(found["probabilities"]) == pytest.approx(classifier.predict_proba(x), rel=1e-5)
    assert found["classes"] == [1, 2]


def test_what_is_no_number_is_null():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Lambda(lambda x: x / 0.0)])
    with TestClient(application(model)) as client:
        assert client.post("/predict", json=[[0.0], [1.0]]).text == '{"predictions":[null,null]}'


def test_the_description_says_what_each_column_is(client):
    found = client.get("/openapi.json").json()
    operation = found["paths"]["/predict"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]["anyOf"][1]["properties"]
    assert set(schema) == set(HOUSES)
    assert "median 74.5" in schema["area"]["description"]
    assert "'Oslo', 'Rome'" in schema["city"]["description"]
    assert "| built | date | null |" in operation["description"]
    assert client.post("/predict", json=operation["requestBody"]["content"]["application/json"]["example"]).is_success
    assert operation["responses"]["200"]["content"]["application/json"]["schema"]["required"] == ["predictions"]


def test_the_page_of_the_description_loads_nothing_from_elsewhere(client):
    page = client.get("/docs").text
    assert "https://" not in page
    assert client.get("/static-offline-docs/swagger-ui-bundle.js").status_code == 200
