# Two commands do everything on a fresh machine with Python 3.11+: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: demo test check style benchmarks examples screenshots lock clean

demo: $(VENV)/.runtime  ## start the app on the embedded engine
	$(BIN)/khid-eval app

test: $(VENV)/.development  ## system packages where possible, then the whole suite
	bash .ci/system-packages
	$(BIN)/pytest -n 2 --dist loadgroup

check: $(VENV)/.development  ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

style: $(VENV)/.development  ## format and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

benchmarks: $(VENV)/.development  ## print all measures; ratios against a reference in the same process
	for file in $$(grep -l __main__ tests/benchmarks/bench_*.py); do echo "== $$file"; $(BIN)/python $$file || exit 1; done
	$(BIN)/pytest -p no:cacheprovider -s -m benchmark $$(grep -L __main__ tests/benchmarks/bench_*.py)

EXAMPLES := khid_eval/ui/assets/runs
examples: $(VENV)/.development  ## read the sample cards anew for the runs that ship with the app
	rm -rf $(EXAMPLES)
	$(BIN)/khid-eval run sample_images --sweep rotation=90,dark --out $(EXAMPLES)/example
	$(BIN)/khid-eval run sample_images --sweep rotation=90,dark --out $(EXAMPLES)/example-tesseract --target tesseract
	$(BIN)/khid-eval synth synthetic_cards --resume --count 1044 --seed 777 --conditions all --severities 1,2,3
	$(BIN)/khid-eval run synthetic_cards --out $(EXAMPLES)/example-thresholds
	rm -f $(EXAMPLES)/*/lock.json

screenshots: $(VENV)/.development  ## pictures of every page: both widths, themes and languages
	$(BIN)/python -m tests.screenshots screenshots

lock:  ## renew both locks (needs uv); the result names no package index
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header -q \
		--extra test --extra dev --extra dask -o requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name it with: make PYTHON=python3.12 …" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: $(BIN)/python requirements.lock pyproject.toml
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps -e .
	@touch $@

# torch is not in the lock: its CPU build differs from machine to machine. Without it only the training tests cannot run.
$(VENV)/.development: $(BIN)/python requirements-dev.lock pyproject.toml
	$(PIP) install --require-hashes -r requirements-dev.lock
	$(PIP) install torch==2.13.0 || echo "WARNING: torch 2.13.0 could not be installed; the training tests will NOT run" >&2
	$(PIP) install --no-deps -e .
	@touch $@ $(VENV)/.runtime
