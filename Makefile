# SPDX-License-Identifier: GPL-3.0-or-later
# Every target works in a fresh clone and says what it does; `make` alone lists them.
SHELL := /bin/bash
# The newest Python that runs here; ansible-core 2.19 wants 3.11 or later on the control node.
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do $$p -c '' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
LAB := inventories/lab
SITE := .ansible/site
# Where Ansible is lenient or only warns by default, every run from here fails: users may run it strictly.
export ANSIBLE_ALLOW_BROKEN_CONDITIONALS := false
export ANSIBLE_ALLOW_EMBEDDED_TEMPLATES := false
export ANSIBLE_INJECT_FACT_VARS := false
export _ANSIBLE_TEMPLAR_UNTRUSTED_TEMPLATE_BEHAVIOR := error
export _ANSIBLE_TEMPLAR_UNKNOWN_TYPE_CONVERSION := error
# Not _ANSIBLE_TEMPLAR_UNKNOWN_TYPE_ENCOUNTERED: ansible-core 2.21 trips over types of its own with it.

.DEFAULT_GOAL := help
.PHONY: help host mirror lab lab-down lint unit integration bad-input package sanity molecule test versions interrupt benchmark docs pictures outdated clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/stamp: requirements.txt requirements-dev.txt
	@echo "== virtual environment ($(PYTHON), about a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@

host:
	@mirror/prepare-host

mirror: $(VENV)/stamp host  ## Build what a cluster is made of, where it cannot be downloaded
	@python -m mirror build

lab: $(VENV)/stamp host  ## Start three nodes on this machine and turn them into a cluster
	@python -m mirror prepare
	@echo "== nodes"
	@ansible-playbook -i $(LAB) molecule/shared/create.yml
	@echo "== cluster"
	@ansible-playbook -i $(LAB) site.yml

lab-down:  ## Remove the lab's nodes, network, keys and kubeconfig, and the daemon if make started it
	@ansible-playbook -i $(LAB) molecule/shared/destroy.yml
	@mirror/prepare-host stop

lint: $(VENV)/stamp
	@echo "== lint"
	@yamllint --strict .
	@ruff check .
	@ruff format --check --quiet .
	@antsibull-changelog lint
	@mypy plugins mirror
	@MYPYPATH=tests/interrupt mypy tests/interrupt/*.py
	@mypy tests/versions
	@env -u _ANSIBLE_TEMPLAR_UNTRUSTED_TEMPLATE_BEHAVIOR ansible-lint --strict  # it makes templates of its own, which nobody trusts

unit: $(VENV)/stamp
	@echo "== unit tests"
	@python -m pytest --numprocesses auto --dist worksteal

integration: $(VENV)/stamp  ## Run Ansible on this machine alone: common inventory mistakes, actions, the callback, hosts that lie
	@echo "== integration tests"
	@python -m pytest --numprocesses auto --dist worksteal tests/integration

bad-input: integration  # the name that it had

package: $(VENV)/stamp
	@echo "== package"
	@tests/package $(DIST)

versions: $(VENV)/stamp  ## Unit tests, syntax and preflight on every supported ansible-core and Python (ONLY=2.21)
	@echo "== versions"
	@python tests/versions $(if $(ONLY),--only $(ONLY))

sanity: $(VENV)/stamp  ## Run ansible-test sanity on what the collection ships
	@echo "== ansible-test sanity"
	@tests/sanity

molecule: $(VENV)/stamp host
	@python -m mirror prepare --vars molecule/$(or $(SCENARIO),default)/vars.yml
	@echo "== scenario $(or $(SCENARIO),default)"
	@molecule test --scenario-name $(or $(SCENARIO),default)

test: lint unit integration docs package sanity molecule interrupt  ## Lint, unit and integration tests, docs, package, sanity; the default scenario and interrupted runs on real nodes

interrupt: $(VENV)/stamp host  ## Cut runs off at POINTS=3 places and expect the next run to finish each (SEED=n repeats them, TOPOLOGY=ha or growth)
	@python -m mirror prepare
	@python tests/interrupt --points $(or $(POINTS),3) $(if $(SEED),--seed $(SEED)) $(if $(TOPOLOGY),--topology $(TOPOLOGY))

benchmark: $(VENV)/stamp host  ## Compare a fresh run and a second run with a hand-written script
	@python -m mirror prepare
	@tests/benchmark/site

docs: $(VENV)/stamp  ## Generate the roles' README files, the pages on variables and troubleshooting, and the site
	@python docs/roles.py
	@python docs/troubleshooting.py
	@rm -rf $(SITE) && mkdir -p $(SITE)/collection
	@antsibull-docs collection --use-current --squash-hierarchy --fail-on-error --dest-dir $(SITE)/collection homelab.kubernetes > $(SITE)/log 2>&1 \
		|| { cat $(SITE)/log; exit 1; }
	@sphinx-build --quiet --fail-on-warning --keep-going -c docs . $(SITE)/html
	@echo "$(SITE)/html/docs/index.html: $$(find $(SITE)/html -name '*.html' | wc -l) pages"

pictures: $(VENV)/stamp  ## Take the README's terminal pictures from real runs; needs the lab, or RUN=FILE with the output of a run
	@python docs/pictures.py $(RUN)

outdated: $(VENV)/stamp  ## List everything that is pinned, and the newest that can be had from here
	@python -m mirror outdated

clean:  ## Remove the virtual environment; images and caches stay
	@rm -rf $(VENV) .ansible .mypy_cache .ruff_cache .pytest_cache
