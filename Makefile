# `make study` opens the program, `make test` runs its tests; both set up what they need by themselves.

VENV := .venv
RUN := $(VENV)/bin
LABS ?= yes
PIP := $(RUN)/python -m pip install --disable-pip-version-check --no-warn-script-location -c constraints.txt
INPUTS := pyproject.toml constraints.txt
BENCH ?=
FAULTS ?=

.DEFAULT_GOAL := help
.PHONY: help study test check fmt bench labs clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  LABS=no leaves out torch and diffusers; the program works without them"

study: $(VENV)/.app $(if $(filter no,$(LABS)),,$(VENV)/.labs) ## install, then open the program
	@$(RUN)/studyapp

test: $(VENV)/.dev $(if $(filter no,$(LABS)),,$(VENV)/.labs) ## install, then run all tests
	@OMP_NUM_THREADS=1 $(RUN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist worksteal $(TESTS)

check: $(VENV)/.dev $(if $(filter no,$(LABS)),,$(VENV)/.labs) ## format, lint, types, imports, content
	$(RUN)/ruff format --check .
	$(RUN)/ruff check .
	$(RUN)/mypy
	$(RUN)/lint-imports
	$(RUN)/studyapp content check

fmt: $(VENV)/.dev ## format the code
	$(RUN)/ruff format .
	$(RUN)/ruff check --fix .

bench: $(VENV)/.dev $(VENV)/.peer ## measure speed against the floors and Anki's engine, in one run
	@$(RUN)/python -m bench $(BENCH)

labs: $(VENV)/.labs ## run every lab, with a table of seconds and checks
	@$(RUN)/python -m labs all $(if $(LABS_DEVICE),--device $(LABS_DEVICE)) $(LABS_ARGS)

faults: $(VENV)/.dev ## break the learner's data on purpose, thousands of times; prints the counts (FAULTS=fuzz: made inputs)
	@$(RUN)/python -m tests.faults $(FAULTS)

clean: ## remove everything that make made
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/.venv:
	@for python in python3 python3.14 python3.13 python3.12 python3.11; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Making a virtual environment with $$($$python --version)"; \
			$$python -m venv $(VENV) || { echo "This Python lacks venv; on Debian: apt install python3-venv"; exit 1; }; \
			break; \
		fi; \
	done
	@test -x $(RUN)/python || { echo "studyapp needs Python 3.11 or newer; install it, then run make again."; exit 1; }
	@$(PIP) --quiet --upgrade pip
	@touch $@

$(VENV)/.peer: $(VENV)/.venv bench/peer.txt
	@echo "Installing Anki's engine beside the program, to be compared with"
	@$(RUN)/python -m venv $(VENV)/peer && $(VENV)/peer/bin/python -m pip install --disable-pip-version-check \
		--quiet --requirement bench/peer.txt && touch $@ \
		|| { rm -rf $(VENV)/peer; echo "It was not installed; its rows will say: no peer"; }

$(VENV)/.app: $(VENV)/.venv $(INPUTS)
	@echo "Installing studyapp"
	@$(PIP) --quiet --editable .
	@touch $@

$(VENV)/.labs: $(VENV)/.app $(INPUTS)
	@echo "Installing the labs' libraries (torch, diffusers); this can take minutes. LABS=no leaves them out."
	@$(PIP) --editable '.[labs]' | sed -u -n -e '/^Collecting/p' -e '/^Downloading/p' -e '/^Installing/p' -e '/rror/p' \
		&& $(RUN)/python -c 'import torch, diffusers' \
		|| { rm -f $@; echo "The labs' libraries were not installed. The program works without: make study LABS=no"; exit 1; }
	@touch $@

$(VENV)/.dev: $(VENV)/.app $(INPUTS)
	@echo "Installing the test tools"
	@$(PIP) --quiet --group dev
	@touch $@
