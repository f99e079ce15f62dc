"""Requests and models that are refused, and what is said of them."""

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient
from tests.serving.malformed import CSV, FILE, JSON, KINDS, ROW, STREAM, arrow, malformed
from tests.serving.models import houses, rows, sums

import hornet as keras
from hornet.core.errors import CorruptFileError
from hornet.serving import application


@pytest.fixture(scope="module")
def client():
    limits = {"max_rows": 40, "max_body": 10_000_000, "max_batch": 16}
    with TestClient(application(houses(), **limits), raise_server_exceptions=False) as client:
        yield client


def test_malformed_requests_are_the_clients_fault(client):
    wrong = set()
    seen = set()
    for kind, headers, body in malformed(0, 150):
        answer = client.post("/predict", content=body, headers=headers)
        seen.add(kind)
        if not 400 <= answer.status_code < 500 or not answer.json()["detail"].endswith("."):
            wrong.add((kind, answer.status_code, body[:200], answer.text))
    assert wrong == set()
    assert seen == {kind.__name__ for kind in KINDS}
    assert client.post("/predict", json=ROW).is_success


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('[{"area": 1}]', "Row 0 lacks the column 'city'"),
        (
            '[{"area": "x", "city": null, "built": null, "rooms": 1}]',
            "column 'area' is 'x'. Send a finite number, or null",
        ),
        ("[1]", "Row 0 is 1, and no object"),
        ("3", "The body is 3, and no list of rows"),
        ("[", "The body is no JSON: EOF"),
        ("[]", "There are no rows"),
    ],
)
def test_a_sentence_says_where_it_is_wrong(client, body, said):
    assert said in client.post("/predict", content=body, headers=JSON).json()["detail"]


@pytest.mark.parametrize(
    ("codec", "said"), [("latin-1", "names of the columns are not in UTF-8"), ("utf-16", "The body is in UTF-16")]
)
def test_a_csv_in_another_encoding_is_told_so(client, codec, said):
    answer = client.post("/predict", content="größe,area\n1,2\n".encode(codec), headers=CSV)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]


def test_what_curl_sends_by_itself_is_told_how(client):
    answer = client.post("/predict", data={"a": "1"})
    assert answer.status_code == 415
    assert "-H 'Content-Type: application/json'" in answer.json()["detail"]


def test_too_many_rows_and_bytes(client):
    assert client.post("/predict", json=[ROW] * 40).is_success
    assert client.post("/predict", json=[ROW] * 41).status_code == 413
    assert client.post("/predict", content=b"[" + b" " * 10_000_000, headers=JSON).status_code == 413
    parts = (b" " * 1_000_000 for _ in range(11))  # whose length no header says
    assert client.post("/predict", content=parts, headers=JSON).status_code == 413


@pytest.mark.parametrize("codec", ["zstd", "lz4"])
@pytest.mark.parametrize("is_file", [False, True], ids=["stream", "file"])
def test_compressed_columns_are_not_unpacked(client, codec, is_file):
    city = pa.array(["Oslo"] * 9).dictionary_encode()
    for column in (pa.array(["Oslo"] * 9), city):
        table = pa.table({**{name: [value] * 9 for name, value in ROW.items()}, "city": column})
        headers = FILE if is_file else STREAM
        assert client.post("/predict", content=arrow(table, is_file), headers=headers).is_success
        options = pa.ipc.IpcWriteOptions(compression=codec)
        answer = client.post("/predict", content=arrow(table, is_file, options), headers=headers)
        assert (answer.status_code, "without compression" in answer.text) == (415, True)


def test_other_paths_and_methods(client):
    assert client.get("/predict").status_code == 405
    assert client.get("/nowhere").status_code == 404
    assert client.post("/models/house/predict", json=[]).json()["detail"].endswith("Did you mean 'houses'?")


def test_a_wrong_value_is_no_other_requests_fault(client):
    """A layer refuses a value that the columns allow; those beside it in the batch are answered."""
    answers = [client.post("/predict", json=[ROW, {**ROW, "built": "soon"}]), client.post("/predict", json=ROW)]
    assert [answer.status_code for answer in answers] == [422, 200]
    assert "'soon'" in answers[0].json()["detail"]


def test_several_models_are_called_by_name():
    with TestClient(application({"one": sums(), "ten": sums(factor=10.0)})) as client:
        x = rows(1).tolist()
        one, ten = (client.post(f"/models/{name}/predict", json=x).json()["predictions"][0] for name in ("one", "ten"))
        assert ten == pytest.approx(10 * one, rel=1e-5)
        assert "/models/NAME/predict, of one, ten" in client.post("/predict", json=x).json()["detail"]
        assert set(client.get("/openapi.json").json()["paths"]) >= {"/models/one/predict", "/models/ten/predict"}


def test_what_cannot_be_served(tmp_path):
    stateful = keras.Sequential([keras.Input(batch_shape=(1, 2, 1)), keras.layers.LSTM(1, stateful=True)])
    (tmp_path / "broken.keras").write_bytes(b"PK nothing")
    for wrong, error, said in [
        (stateful, ValueError, "stateful=False"),
        (keras.Sequential([keras.layers.Dense(1)]), ValueError, "does not say what it takes"),
        (3, TypeError, "not int"),
        ([], ValueError, "no model"),
        ([sums(), sums()], ValueError, "called 'sums'"),
        ({"a/b": sums()}, ValueError, "'a/b'"),
        (tmp_path / "broken.keras", CorruptFileError, "broken.keras"),
        (tmp_path / "none.keras", FileNotFoundError, "none.keras"),
    ]:
        with pytest.raises(error, match=said):
            application(wrong)
    for argument in ("max_body", "max_rows", "max_queue", "max_batch", "reload"):
        with pytest.raises(ValueError, match=argument):
            application(sums(), **{argument: 0})
