# make up: set up what is missing, start Yuzhang with Nanchang loaded. make test: set up and run all fast tests.
.PHONY: up test setup setup-test lint lock bench reference clean

DATA ?= data
PORT ?= 8700
CITY ?= cities/nanchang
export YUZHANG_PLAN_TEXT ?= $(wildcard ../shared/seed/nanchang-14th-five-year-plan.txt)

up: setup
	@.venv/bin/yuzhang serve --data $(DATA) --port $(PORT) --city $(CITY)

setup:
	@tools/set-up base

setup-test:
	@tools/set-up test

test: setup-test lint
	.venv/bin/pytest -m "not slow and not live and not conformance"

lint:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

bench: setup-test
	.venv/bin/python -m benchmarks.plan
	.venv/bin/python -m benchmarks.pages

lock:
	uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 \
	  pyproject.toml requirements/build.in -o requirements/base.txt
	uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 \
	  -c requirements/base.txt requirements/dev.in -o requirements/dev.txt
	uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 \
	  requirements/node.in -o requirements/node.txt

reference: setup-test
	.venv/bin/python -m tools.reference

clean:
	rm -rf .venv .setup node_modules src/yuzhang/web/static/vendor
