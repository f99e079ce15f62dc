# Two commands do everything from a fresh clone: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
BENCH := .venv-bench/bin

.PHONY: demo test bench clean

demo: .venv/demo
	$(BIN)/python examples/fetch_fashion_mnist.py --if-missing
	$(BIN)/python examples/demo.py

test: .venv/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist worksteal

bench: .venv-bench/ready
	$(BENCH)/python benchmarks/run.py

clean:
	rm -rf .venv .venv-bench demo-output

.venv/demo .venv/dev: .venv/%: pyproject.toml
	[ -x $(BIN)/pip ] || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable . --group $*
	touch $@

.venv-bench/ready: pyproject.toml benchmarks/requirements.txt
	[ -x $(BENCH)/pip ] || $(PYTHON) -m venv .venv-bench
	$(BENCH)/pip install --quiet --upgrade pip
	$(BENCH)/pip install --quiet -r benchmarks/requirements.txt --editable .
	touch $@
