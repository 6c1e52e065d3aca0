# make up: set up what is missing, start Yuzhang with Nanchang loaded; TRUST=machine takes whoever asks from this machine for the operator, SIMULATE=0 leaves out the simulated devices. make test: set up and run all fast tests.
.PHONY: up test setup setup-test lint lock bench bench-context bench-history conformance reference sbom client clean

# Programs that are compiled anew at every start take twice as long to start.
unexport PYTHONDONTWRITEBYTECODE

DATA ?= data
PORT ?= 8700
CITY ?= cities/nanchang
SIMULATE ?= 1000
MQTT_PORT ?= 1883
export YUZHANG_PLAN_TEXT ?= $(wildcard ../shared/seed/nanchang-14th-five-year-plan.txt)

up: setup
	@.venv/bin/yuzhang serve --data $(DATA) --port $(PORT) --mqtt-port $(MQTT_PORT) --city $(CITY) --simulate $(SIMULATE) $(if $(TRUST),--trust $(TRUST))

setup:
	@tools/set-up base

setup-test:
	@tools/set-up test

test: setup-test lint
	.venv/bin/pytest -n auto --dist loadfile -m "not slow and not live and not conformance"

lint:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

bench:
	@tools/set-up bench
	.venv/bin/python -m benchmarks.plan
	.venv/bin/python -m benchmarks.pages

# make bench-context: the NGSI-LD API beside the bare server. PEER="NAME=URL ..." other brokers, LARGE=1 with 1,000,000 entities too.
bench-context:
	@tools/set-up bench
	.venv/bin/python -m benchmarks.context $(foreach one,$(PEER),--peer $(one)) $(if $(LARGE),--large)

# make bench-history: ways in and questions of history beside a bare DuckDB and PostgreSQL; about 15 minutes and 20 GB.
bench-history: setup-test
	PYTHONPATH=tests .venv/bin/python -m benchmarks.history

# make conformance SUITE=../ngsi-ld-test-suite: the ETSI suite against fresh brokers. ONLY= a folder or case file, BROKER= one that runs
# already, JOBS= folders at a time, TABLE= the page to write the results into, JSON= and COMPARE= files of results.
conformance:
	@test -n "$(SUITE)" || { echo "SUITE= is missing: the folder of the suite's checkout"; exit 2; }
	@tools/set-up conformance
	.venv/bin/python -m tests.conformance "$(SUITE)" $(if $(ONLY),--only "$(ONLY)") $(if $(BROKER),--broker "$(BROKER)") \
	  $(if $(JOBS),-j "$(JOBS)") $(if $(TABLE),--table "$(TABLE)") $(if $(JSON),--json "$(JSON)") $(if $(COMPARE),--compare "$(COMPARE)")

lock:
	uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 \
	  pyproject.toml requirements/build.in -o requirements/base.txt
	uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 \
	  -c requirements/base.txt requirements/dev.in -o requirements/dev.txt
	uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 \
	  requirements/node.in -o requirements/node.txt
	uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 \
	  requirements/conformance.in -o requirements/conformance.txt

# make sbom: what the program is made of (CycloneDX) and under which licences, into dist/; fails for a licence that cannot be shipped.
sbom: setup-test
	.venv/bin/python -m tools.sbom

reference: setup-test
	.venv/bin/python -m tools.reference

# make client: the typed Python client of the HTTP API (src/yuzhang/client/generated) anew from its OpenAPI document.
client: setup-test
	.venv/bin/python -m tools.client

clean:
	rm -rf .venv .venv-conformance .setup node_modules src/yuzhang/web/static/vendor
