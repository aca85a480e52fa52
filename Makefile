# Everything a person does here has one word. `make` alone lists them.
VENV := .venv
BIN := $(VENV)/bin
# Each file of tests stays whole, since its tests share a server.
SPREAD := -n auto --maxprocesses 4 --dist loadfile
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help install demo test check format bench fuzz mutate lock clean

help:
	@echo 'make demo      a whole blog on this machine, to try mailpost out'
	@echo 'make install   build $(VENV) with the mailpost command in it'
	@echo 'make test      everything that can fail: format, lint, types, the whole suite'
	@echo 'make check     the same without the servers: quick, while writing'
	@echo 'make format    lay the code out'
	@echo 'make bench     measure, and write bench/RESULTS.md'
	@echo 'make fuzz      ten thousand hostile mails and every vector in a real browser: an hour'
	@echo 'make mutate    break authorise, proof and sanitise on purpose, and count what the tests notice'
	@echo 'make lock      pin every dependency again, with hashes'

install: $(BIN)/mailpost

$(BIN)/mailpost: pyproject.toml constraints.txt tools/venv.sh
	@sh tools/venv.sh $(VENV) constraints.txt
	@touch $@

$(VENV)/.tools: $(BIN)/mailpost constraints-dev.txt
	@sh tools/venv.sh $(VENV) constraints-dev.txt
	@touch $@

demo: install
	@$(BIN)/mailpost demo

test: $(VENV)/.tools
	@sh tools/servers.sh
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest $(SPREAD)

check: $(VENV)/.tools lint
	@$(BIN)/python -m pytest $(SPREAD) -m 'not server and not ffmpeg and not browser and not web'

.PHONY: lint
lint: $(VENV)/.tools
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: $(VENV)/.tools
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.tools
	@sh tools/servers.sh
	@$(BIN)/python -m bench

# What the quick set of `make test` does with a sample, with all of it.
fuzz: $(VENV)/.tools
	@sh tools/servers.sh
	@$(BIN)/python -m tests.fuzz --mails 10000
	@$(BIN)/python -m tests.hostile
	@MAILPOST_FUZZ=1 $(BIN)/python -m pytest --timeout 3600 tests/test_browser.py tests/test_verifier.py \
		tests/test_forgery.py tests/test_forgery_cost.py tests/hostile tests/test_poison.py

mutate: $(VENV)/.tools
	@sh tools/venv.sh $(VENV) tools/mutate/requirements.txt
	@$(BIN)/python tools/mutate

# Needs uv, wherever it comes from; the files it writes need nothing but pip.
lock:
	uv pip compile $(LOCK) --all-extras --group build -o constraints.txt
	uv pip compile $(LOCK) --all-extras --group build --group test --group lint -c constraints.txt -o constraints-dev.txt
	echo mutmut==3.8.1 | uv pip compile $(LOCK:pyproject.toml=-) -c constraints-dev.txt -o tools/mutate/requirements.txt
LOCK := -q -U --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url pyproject.toml

clean:
	rm -rf $(VENV) demo-data
