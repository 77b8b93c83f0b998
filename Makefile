# Chores, the same here and in CI. `make demo` and `make test` need git, python3 (with venv) and make.
VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready
TESTS ?= tests host/tests

.PHONY: demo demo-stop test check format locks docs pictures build

demo: $(READY)
	$(PYTHON) -m statafleet.cli.demo start

demo-stop: $(READY)
	$(PYTHON) -m statafleet.cli.demo stop

test: $(READY)
	$(PYTHON) -m pytest $(TESTS)

check: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/deptry .
	cd host && ../$(VENV)/bin/deptry .

format: $(READY)
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

locks: $(READY)
	$(PYTHON) locks/update.py

# The two in the README and docs/remote-servers.md, from a real browser on the test hosts.
pictures: $(READY)
	STATA_FLEET_REQUIRE_BROWSER=1 $(PYTHON) -m pytest tests/fleet/test_browser.py
	cp tests/artefacts/notebook.png tests/artefacts/access-page.png docs/images/

docs: $(READY)
	$(PYTHON) -m statafleet.settings.reference

build: $(READY)
	$(VENV)/bin/python -m hatchling build

# uv, fetched by pip and checked against its lock, installs the rest in a tenth of pip's time. The lock is complete.
# pip trusts the system's certificate authorities, such as a network's own; uv must be told to.
$(READY): locks/dev.txt pyproject.toml
	test -x $(PYTHON) || python3 -m venv $(VENV)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r locks/uv.txt
	$(VENV)/bin/uv pip sync --quiet --system-certs --python $(PYTHON) --require-hashes locks/dev.txt
	$(VENV)/bin/uv pip install --quiet --python $(PYTHON) --no-deps --no-build-isolation --editable .
	touch $@
