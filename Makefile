# The commands of a working day. CMake and ninja do the work: see CMakePresets.json.
.DEFAULT_GOAL := help
.PHONY: help setup build run test bench asan tsan reference crash fuzz format pictures clean

KILLS ?= 1000
REFERENCE_CASES ?= 100000
FUZZ_SECONDS ?= 60
# Of the tests under a sanitizer, only those with a label that matches; empty: all.
LABELS ?=

# A stamp says that tools/setup ran with these pins and the packages as they are now: cheaper than asking again.
pins := tools/setup tools/fetch_duckdb tools/duckdb.lock tests/requirements.txt
key := $(shell (cat $(pins); stat -c %Y /var/lib/dpkg/status; echo "$$DUCKDB_ROOT") 2>/dev/null | sha256sum | cut -c 1-16)
ready = build/setup/$(1)-$(key)

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what building and testing need (Debian 12)
	tools/setup build test

build: build/release/build.ninja ## compile build/release/spectrum
	cmake --build --preset release --target spectrum

run: build ## build, load sample data on the first run, serve on http://localhost:8000
	@tools/run

test: $(call ready,test) build/release/build.ninja ## build and run every test
	cmake --build --preset release
	ctest --preset release --output-on-failure

bench: $(call ready,bench) build/release/build.ninja ## measure; results go to bench/results
	cmake --build --preset release
	bench/run

asan tsan: %: $(call ready,test) build/%/build.ninja
	cmake --build --preset $@
	ctest --preset $@ --output-on-failure $(if $(LABELS),-L '$(LABELS)')
asan: ## the tests under AddressSanitizer and UBSan
tsan: ## the tests under ThreadSanitizer

reference: $(call ready,test) build/release/build.ninja ## REFERENCE_CASES=100000 random questions against plain loops
	cmake --build --preset release --target query_reference_test
	REFERENCE_CASES=$(REFERENCE_CASES) ctest --preset release -L reference

crash: $(call ready,test) build ## kill the server KILLS=1000 times; nothing acknowledged may be missing
	python3 tests/crash/crash.py --kills $(KILLS)

fuzz: $(call ready,fuzz) build/fuzz/build.ninja ## each fuzzer for FUZZ_SECONDS=60, from tests/fuzz/corpus
	cmake --build --preset fuzz --target fuzzers
	@# What a fuzzer finds goes to the first folder, under build; the corpus in git is only read.
	@set -e; for fuzzer in $$(find build/fuzz -type f -name '*_fuzz' -perm -u+x | sort); do \
	  name=$$(basename $$fuzzer); found=build/fuzz/found/$$name; seeds=tests/fuzz/corpus/$$name; \
	  mkdir -p $$found; echo "== $$name, $(FUZZ_SECONDS) s"; \
	  $$fuzzer -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -artifact_prefix=$$found- \
	    $$found $$(test ! -d $$seeds || echo $$seeds); \
	done

pictures: $(call ready,test) build ## write docs/img: each page of the dashboard in both themes
	cmake --build --preset release --target shifted_clock
	cd ui && ../tests/ui/browser pictures --update-snapshots=all

format: $(call ready,format) ## clang-format every C++ file
	git ls-files -co --exclude-standard '*.h' '*.cc' | xargs -r clang-format -i

clean: ## remove what was compiled; fetched dependencies stay
	rm -rf build/release build/dev build/asan build/tsan build/fuzz

build/%/build.ninja: CMakePresets.json | $(call ready,build)
	cmake --preset $*
	@touch $@

$(foreach group,build test bench fuzz format,$(call ready,$(group))): $(call ready,%):
	@tools/setup $*
	@mkdir -p build/setup && rm -f build/setup/$*-* && touch $@
