"""What goes wrong ends in one sentence on the standard error, nothing on the output, and the code of its kind."""

import errno
import json
import zipfile

import pytest
from tests.cli.command import run

import hornet
from hornet import Input, Sequential, layers
from hornet.estimators import TabularRegressor
from hornet.tabular import base
from hornet_cli.failures import MEANINGS, ExitCode, failure_of

HOUSES = "houses.csv --target price"
FILES = {
    "empty.csv": b"",
    "header.csv": b"a,b\n",
    "short.csv": b"a,b,c\n1,2,3\n1,2\n",
    "long.csv": b"a,b\n1,2\n1,2,3\n",
    "picture.csv": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "page.csv": b"<!DOCTYPE html>\n<html></html>\n",
    "json.csv": b'{"a": 1}\n',
    "semicolons.csv": b"area;price\n1;2\n3;4\n",
    "decimals.csv": b"area;city;price\n1,5;a;2,5\n3,0;b;4,5\n",
    "thousands.csv": b'area,price\n1,"200,695"\n2,"1,100"\n3,"950"\n4,"12,000"\n',
    "dollars.csv": b'area,price\n1,"$200,695"\n2,"$1,100"\n3,$950\n4,"$12,000"\n',
    "commas.csv": b"area;price\n1;2,5\n2;3,25\n3;4,0\n4;12,5\n",
    "utf16.csv": "a,b\n1,2\n".encode("utf-16"),
    "latin.csv": "city,price\nKöln,4\n".encode("latin-1"),
    "latin_names.csv": "größe,price\n1,4\n".encode("latin-1"),
    "twice.csv": b"a,a,b\n1,2,3\n",
    "values.csv": b"1,2,3\n4,5,6\n",
    "bad.jsonl": b'{"a": 1}\nno\n',
    "mixed.json": b"[1, 2]",
    "bad.parquet": b"PAR1 and no more",
    "bad.arrow": b"ARROW1 and no more",
    "bad.csv.gz": b"\x1f\x8b and no more",
    "sheet.xlsx": b"PK",
    "gaps.csv": b"area,price\n1,2\n3,\n",
    "same.csv": b"area,price\n1,2\n3,2\n",
    "alone.csv": b"price\n1.5\n2.5\n",
    "texts.csv": b"area,price\n1,a\n2,b\n3,c\n4,d\n",
    "dates.csv": b"area,day\n1,2020-01-01\n2,2020-01-02\n",
    "constant.csv": b"area,price\n1,2.5\n1,3.5\n1,4.5\n",
    "other.csv": b"surface,city\n1,Oslo\n",
    "words.csv": b"area,city,rooms\n1,Oslo,2\nbig,Oslo,2\n",
    "junk.keras": b"not a model",
    "zip.keras": b"PK\x03\x04junk",
    "junk.h5": b"\x89HDF\r\n\x1a\njunk",
}


@pytest.fixture
def bad(here):
    """The current folder, with files that are not what they should be."""
    for name, content in FILES.items():
        (here / name).write_bytes(content)
    (here / "folder.csv").mkdir()
    (here / "folder.keras").mkdir()
    (here / "again").mkdir()
    (here / "again" / "price.keras").write_bytes((here / "price.keras").read_bytes())
    with zipfile.ZipFile(here / "two.csv.zip", "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
        archive.writestr("b.csv", "a\n1\n")
    with zipfile.ZipFile(here / "workbook.csv", "w") as archive:
        archive.writestr("[Content_Types].xml", "")
        archive.writestr("xl/sheet.xml", "")
    return here


CASES = {
    # a file or a folder
    "fit missing.csv --target price": (3, "'missing.csv' is not there."),
    "fit house.csv --target price": (3, "Did you mean 'houses.csv'?"),
    "fit folder.csv --target price": (3, "'folder.csv' is a folder"),
    f"fit {HOUSES} -o model.h5": (3, "must end in .keras"),
    f"fit {HOUSES} -o nowhere/model.keras": (3, "'nowhere' is not there"),
    f"fit {HOUSES} -o folder.keras": (3, "'folder.keras' is a folder"),
    f"tune {HOUSES} --storage nowhere/search.db": (3, "'nowhere' is not there"),
    "predict missing.keras houses.csv": (3, "'missing.keras' is not there"),
    "predict prize.keras houses.csv": (3, "Did you mean 'price.keras'?"),
    "predict price.keras houses.csv -o nowhere/out.csv": (3, "'nowhere' is not there"),
    "predict price.keras houses.csv -o out.csv.xz": (3, "only read"),
    "plot sum.keras -o model.gif": (3, "must end in .png or .svg or .pdf"),
    "export sum.keras -o model.pb": (3, "must end in .onnx or .stablehlo"),
    "report price.keras houses.csv --target price -o page.txt": (3, "must end in .html"),
    "serve missing.keras": (3, "'missing.keras' is not there"),
    # a table
    "fit empty.csv --target b": (4, "'empty.csv' is empty"),
    "fit header.csv --target b": (4, "no rows"),
    "fit short.csv --target b": (4, "Expected 3 columns, got 2"),
    "fit long.csv --target b": (4, "Expected 2 columns, got 3"),
    "fit picture.csv --target b": (4, "is not text"),
    "fit page.csv --target b": (4, "a page or XML"),
    "fit json.csv --target a": (4, "--format jsonl"),
    "fit semicolons.csv --target price": (4, "--sep ';'."),
    "fit decimals.csv --target price": (4, "--sep ';' --decimal ,."),
    "fit utf16.csv --target b": (4, "--encoding utf-16"),
    "fit latin.csv --target price": (4, "not UTF-8. Pass --encoding"),
    "fit latin_names.csv --target price": (4, "Pass --encoding, such as latin-1."),
    "fit latin.csv --target price --encoding klingon": (4, "unknown encoding: klingon"),
    "fit twice.csv --target b": (4, "several columns called 'a'"),
    "fit bad.jsonl --target a": (4, "cannot be read as jsonl"),
    "fit mixed.json --target a": (4, "something other than objects"),
    "fit bad.parquet --target a": (4, "cannot be read as parquet"),
    "fit bad.arrow --target a": (4, "cannot be read as arrow"),
    "fit bad.csv.gz --target a": (4, "cannot be unpacked"),
    "fit two.csv.zip --target a": (4, "an archive of 2 files"),
    "fit workbook.csv --target a": (4, "Save the sheet as CSV"),
    "fit sheet.xlsx --target a": (4, "is a spreadsheet"),
    "fit sum.keras --target a": (4, "none of the endings"),
    "fit houses.csv --format parquet --target price": (4, "cannot be read as parquet"),
    "predict price.keras houses.csv -o out.xls": (4, "is a spreadsheet"),
    # columns
    "fit houses.csv --target prize": (5, "Did you mean 'price'? There are 'area', 'city'"),
    "fit values.csv --target price": (5, "put names above"),
    "fit houses.csv --target price --drop nothing": (5, "no column 'nothing'"),
    "fit houses.csv --target price --drop price": (5, "'price' is both the target and to be left out"),
    "evaluate price.keras houses.csv --target price --drop price": (5, "both the target and to be left out"),
    "tune houses.csv --target price --drop price": (5, "both the target and to be left out"),
    "serve price.keras again/price.keras": (8, "Two models are called 'price'. Name one of them: NAME=FILE."),
    "fit houses.csv --target price --weight city": (5, "'city' must hold numbers, and has 'Rome' in row"),
    "fit alone.csv --target price": (5, "No column is left"),
    "tune alone.csv --target price": (5, "No column is left"),
    "predict price.keras other.csv": (5, "needs 'area', 'rooms', and the table has 'surface', 'city'"),
    "predict price.keras words.csv": (5, "'area' must hold numbers, and has 'big' in row 2"),
    "predict price.keras houses.csv --keep nothing": (5, "no column 'nothing'"),
    "predict sum.keras houses.csv": (5, "Leave others out by --drop"),
    "predict sum.keras short.csv --drop c": (4, "Expected 3 columns"),
    "predict sum.keras twice.csv": (4, "several columns"),
    "predict sum.keras gaps.csv": (5, "If those of the table are in its order, 'area', 'price', pass --in-order"),
    "predict sum.keras texts.csv --in-order": (5, "'price' must hold numbers"),
    "evaluate price.keras houses.csv --target prize": (5, "Did you mean 'price'?"),
    "evaluate price.keras houses.csv --target city": (5, "it cannot be the target"),
    # a model
    "predict junk.keras houses.csv": (6, "neither a `.keras` archive nor an HDF5 file"),
    "predict zip.keras houses.csv": (6, "not a sound archive"),
    "predict folder.keras houses.csv": (6, "a folder that holds no model"),
    "predict houses.csv houses.csv": (6, "neither a `.keras` archive"),
    "summary junk.h5": (6, "'junk.h5'"),
    "predict image.keras houses.csv": (6, "no row of columns"),
    # what does not fit
    "fit gaps.csv --target price": (8, "lacks 1 of 2 labels"),
    "fit same.csv --target price": (8, "2 in every row"),
    "fit texts.csv --target price": (8, "4 different ones in 4 rows: neither numbers nor classes. Pass --task"),
    "fit thousands.csv --target price": (8, "numbers written with other signs, such as '200,695'. Leave only digits"),
    "fit dollars.csv --target price": (8, "numbers written with other signs, such as '$200,695'"),
    "fit dollars.csv --target price --task regression": (8, "numbers written with other signs, such as '$200,695'"),
    "fit commas.csv --target price --sep ;": (8, "'2,5'. Pass --decimal ','"),
    "fit dates.csv --target day": (8, "holds dates"),
    "fit constant.csv --target price": (8, "says anything"),
    "fit houses.csv --target city --task regression": (8, "regression predicts numbers"),
    "fit houses.csv --target price --task classification": (8, "fractions, which are no classes"),
    "evaluate sold.keras houses.csv --target price": (8, "the model knows 'no', 'yes'"),
    "evaluate image.keras houses.csv --target price": (6, "no row of columns"),
    "export price.keras -o price.stablehlo": (8, "StableHLO has none"),
}


@pytest.mark.parametrize("line", CASES)
def test_bad_input_is_one_sentence_and_a_code(bad, line):
    Sequential([Input((2, 2, 1)), layers.Flatten(), layers.Dense(1)]).save("image.keras")
    done = run(f"{line} -q" if line.startswith(("fit", "tune")) else line)
    code, said = CASES[line]
    sentence = done.err.splitlines()[-1]
    assert (done.code, done.out) == (code, b"")
    assert said in sentence
    assert sentence.startswith(f"hornet {line.split()[0]}: ")
    assert not (bad / "model.keras").exists()


@pytest.mark.parametrize(
    "line",
    [
        "frobnicate",
        "fit",
        "fit houses.csv",
        "fit houses.csv --traget price",
        f"fit {HOUSES} --preset turbo",
        f"fit {HOUSES} --minutes 0",
        f"fit {HOUSES} --minutes soon",
        f"fit {HOUSES} --sep ;;",
        f"fit {HOUSES} --decimal ''",
        f"tune {HOUSES} --trials 0",
        "predict price.keras",
        "predict price.keras houses.csv --to xlsx",
        "serve",
        "serve sum.keras --port 99999",
    ],
)
def test_wrong_usage_is_said_on_the_standard_error(here, line):
    done = run(line)
    assert (done.code, done.out) == (ExitCode.USAGE, b"")
    assert done.err.startswith("Usage: hornet")


def test_the_default_file_of_a_model_is_not_replaced(here):
    (here / "model.keras").write_text("mine")
    done = run(f"fit {HOUSES}")
    assert (done.code, (here / "model.keras").read_text()) == (ExitCode.FILE, "mine")
    assert "-o model.keras replaces it" in done.err


def test_a_folder_without_rights_is_refused_before_training(here, locked, monkeypatch):
    monkeypatch.setattr(TabularRegressor, "fit", None)
    closed, context = locked
    with context():
        done = run(f"fit {HOUSES} -o {closed}/model.keras")
    assert done.code == ExitCode.FILE
    assert "Nothing can be written" in done.err


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ImportError("onnx is not installed."), ExitCode.LIBRARY, "onnx is not installed."),
        (OSError(errno.ENOSPC, "No space left on device", "out.csv"), ExitCode.FILE, "'out.csv': No space left on"),
        (OSError(errno.EADDRINUSE, "Address already in use"), ExitCode.FILE, "Address already in use."),
        (MemoryError(), ExitCode.REFUSED, "Take fewer rows"),
        (ValueError("one\n  two"), ExitCode.REFUSED, "one two"),
    ],
)
def test_an_error_of_the_package_becomes_a_sentence(error, code, said):
    failure = failure_of(error)
    assert failure.code == code
    assert said in str(failure)


@pytest.mark.parametrize("error", [KeyError("x"), ModuleNotFoundError("x"), AssertionError(), AttributeError("x")])
def test_a_fault_keeps_its_traceback(error):
    assert failure_of(error) is None


def test_a_fault_reaches_python_and_any_error_does_if_asked(here, monkeypatch):
    monkeypatch.setattr(hornet, "version", lambda: {}["version"])
    with pytest.raises(KeyError):
        run("info")
    with pytest.raises(Exception, match="is not there"):
        run("--traceback fit missing.csv --target price")


def test_an_interrupt_ends_with_its_code(here, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(TabularRegressor, "fit", interrupted)
    done = run(f"fit {HOUSES}")
    assert (done.code, done.err.splitlines()[-1]) == (ExitCode.INTERRUPTED, "hornet: interrupted.")


def test_an_interrupted_comparison_leaves_the_model_its_own_error_and_the_code(here, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(base, "compared", interrupted)
    done = run(f"fit {HOUSES} --json")
    found = json.loads(done.out)
    assert done.code == ExitCode.INTERRUPTED
    assert found["interrupted"] is True
    assert list(found["rmse of rows held out"]) == ["this model"]
    assert "Comparing with scikit-learn's boosted trees" in done.err
    assert (here / "model.keras").exists()


def test_fit_compares_with_nothing_if_told_so(here, monkeypatch):
    monkeypatch.setattr(base, "compared", None)
    done = run(f"fit {HOUSES} --no-compare --json -q")
    assert done.code == 0
    assert list(json.loads(done.out)["rmse of rows held out"]) == ["this model"]
    assert "interrupted" not in json.loads(done.out)


def test_codes_differ_and_all_have_a_meaning():
    assert list(MEANINGS) == list(ExitCode)
    assert ExitCode.PIPE == 128 + 13
    assert 0 not in MEANINGS
