# The two commands a newcomer needs: make portal, make test.
# Everything is installed below this folder and in a cache of the user's.

PYTHON ?= python3
export ODLOCALE_CACHE ?= $(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/odlocale
export UV_HTTP_TIMEOUT ?= 300
export UV_PYTHON_DOWNLOADS ?= never
BIN = .venv/bin
INSTALLED = .venv/installed
FILES ?=

.DEFAULT_GOAL := help
.PHONY: charts help install portal stop status test test-pure test-integration \
	test-journeys lint types contracts acceptance bench docs screenshots i18n check \
	register solr-schema vendor lock audit sbom package clean docker-test

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-18s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Install the locked versions in .venv

$(INSTALLED): requirements/portal.txt requirements/uv.txt pyproject.toml setup.py
	@scripts/install.sh "$(PYTHON)"

portal: $(INSTALLED) ## Install, start and fill a portal to try, then print its address
	@$(BIN)/odlocale up

stop: ## Stop the portal; its data stay
	@if [ -x $(BIN)/odlocale ]; then $(BIN)/odlocale down; else echo "Rien à arrêter."; fi

status: $(INSTALLED) ## Say whether each part of the portal answers
	@$(BIN)/odlocale status

test: $(INSTALLED) ## Run all tests on real servers and in a browser
	@scripts/test.sh pure integration journeys

test-pure: $(INSTALLED) ## Run the tests that need no server (seconds)
	@scripts/test.sh pure

test-integration: $(INSTALLED) ## Run the tests on PostgreSQL, Valkey and Solr
	@scripts/test.sh integration

test-journeys: $(INSTALLED) ## Run the walks in a browser
	@scripts/test.sh journeys

lint: $(INSTALLED) ## Check style, imports and shipped files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python scripts/solr_schema.py --check
	$(BIN)/python scripts/i18n.py check
	$(BIN)/python scripts/settings_table.py --check
	$(BIN)/python scripts/control_pages.py --check

types: $(INSTALLED) ## Check types, strictly
	$(BIN)/mypy

contracts: $(INSTALLED) ## Harvest the portal's feeds with udata's own harvester
	@scripts/test.sh contracts

acceptance: $(INSTALLED) ## Walk real files through the portal (FILES="a.csv b.xlsx")
	@scripts/test.sh acceptance $(FILES)

bench: $(INSTALLED) ## Measure against peers, in the same run
	@scripts/test.sh bench

docs: $(INSTALLED) ## Write the generated parts of the documentation anew
	$(BIN)/python scripts/settings_table.py
	$(BIN)/python scripts/control_pages.py

screenshots: $(INSTALLED) ## Take the README's pictures anew
	@scripts/test.sh screenshots

i18n: $(INSTALLED) ## Extract messages, update and compile the French catalogue
	$(BIN)/python scripts/i18n.py extract
	$(BIN)/python scripts/i18n.py update
	$(BIN)/python scripts/i18n.py compile

check: test lint types contracts acceptance ## Run what continuous integration runs

charts: $(INSTALLED) ## Write the charts of accounts anew, from their public repository
	$(BIN)/python scripts/build_charts.py

register: $(INSTALLED) ## Write the register anew (VINTAGE=2023 OUTPUT=folder)
	$(BIN)/python scripts/build_register.py $(if $(VINTAGE),--vintage $(VINTAGE)) \
		$(if $(OUTPUT),--output "$(OUTPUT)")

solr-schema: $(INSTALLED) ## Write Solr's French schema anew from CKAN's
	$(BIN)/python scripts/solr_schema.py

vendor: $(INSTALLED) ## Bring the libraries that draw in the browser anew, from npm
	$(BIN)/python scripts/vendor.py

lock: $(INSTALLED) ## Resolve the locked versions anew
	@scripts/lock.sh

audit: $(INSTALLED) ## Ask whether a locked dependency has a known vulnerability
	@$(BIN)/python scripts/audit.py

sbom: $(INSTALLED) ## Write what the portal is made of (CycloneDX) in dist/
	@$(BIN)/python scripts/sbom.py

docker-test: $(INSTALLED) ## Build, start, walk through and restore docker/ for real
	@scripts/docker_test.sh

package: $(INSTALLED) ## Build the wheel and the source archive
	$(BIN)/python -m build

clean: stop ## Remove what was built and installed here; the cache stays
	rm -rf .venv .portal-test .portal-test-2 .artefacts build dist *.egg-info
