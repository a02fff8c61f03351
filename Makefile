# Everything a newcomer needs: `make run` and `make test`. `make help` lists the rest.
export RASA_TELEMETRY_ENABLED = false
export TF_CPP_MIN_LOG_LEVEL = 3

SERVED = tests/privacy tests/http tests/channels tests/browser

.DEFAULT_GOAL := help
.PHONY: help install install-dev run chat widget train lint check validate unit served alone stories test audit lock clean

help:            ## this list
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */  make \1\t/' | expand -t 18

install:         ## environment in .venv with locked dependencies
	@scripts/install.sh

install-dev:     ## the same, and what the tests need
	@scripts/install.sh --dev
	@scripts/install-browser.sh

run: install     ## set up what is missing, then serve on http://localhost:5005
	@.venv/bin/candor run

chat: install    ## the same assistant in the terminal
	@.venv/bin/candor train && .venv/bin/candor chat

widget:          ## build the chat page's files from widget/ (needs Node 18 or newer)
	@npm ci --prefix widget --silent && npm run --prefix widget --silent build

train: install   ## train the model if anything changed
	@.venv/bin/candor train

lint: install    ## check the content
	@.venv/bin/candor lint

check: install-dev   ## style and types of the code
	.venv/bin/ruff check .
	.venv/bin/mypy

validate: install-dev   ## Rasa's own check of domain, rules, stories and examples
	@mkdir -p build
	@.venv/bin/rasa data validate --fail-on-warnings > build/validate.log 2>&1 || { tail -n 40 build/validate.log; exit 1; }
	@echo "rasa data validate: no warnings"

unit: install-dev    ## the tests that pytest runs, in two processes side by side
	@$(MAKE) --no-print-directory -j2 served alone

# Those that share a running server, and all others.
served:
	.venv/bin/python -m pytest $(SERVED)

alone:
	.venv/bin/python -m pytest $(SERVED:%=--ignore=%)

stories: install-dev   ## Rasa's own test of the dialogue model
	@mkdir -p build
	@.venv/bin/rasa test core --stories tests/conversations --model models/candor.tar.gz --out build/stories \
	  --fail-on-prediction-errors --no-plot > build/stories.log 2>&1 || { tail -n 40 build/stories.log; exit 1; }
	@grep -aoE "Correct: +[0-9]+ / [0-9]+" build/stories.log | tail -n 1 | sed "s,^,stories: actions ,"

test: install-dev    ## everything: style, types, content, training, validation, tests
	$(MAKE) check lint train validate unit stories

audit: install   ## ask the public advisory service about every locked package (needs the network; not part of the tests)
	@.venv/bin/python scripts/audit.py

lock:            ## resolve requirements.in and requirements-dev.in anew (needs uv)
	for name in requirements requirements-dev; do \
	  uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-annotate --no-header $$name.in -o $$name.txt; done

clean:           ## remove what was built (not .venv)
	rm -rf build models results .rasa
