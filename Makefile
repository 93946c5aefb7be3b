# SPDX-License-Identifier: GPL-3.0-or-later
# Builds nfvsim; `make help` lists the targets. Sources are found by wildcard.

PREFIX       ?= /usr/local
OPT          ?= -O2
BUILD        ?= build$(if $(findstring clang,$(CC)),-clang)$(if $(SAN),-san)
FUZZ_SECONDS ?= 10
# On the command line: CC=clang, WERROR=1, SAN=1 (ASan and UBSan), V=1 (show the commands),
# T=word (only tests with it in their name), PCAP= HWLOC= ZLIB= MPI= GLPK= (without that library).
# END OF USER SETTINGS

ifeq ($(origin CC),default)
CC := gcc
endif
comma := ,
found  = $(shell pkg-config --exists $(1) 2>/dev/null && echo $(1))
pkg    = $(shell pkg-config $(1) 2>/dev/null)

CORE    := yaml-0.1 gsl jansson sqlite3
MISSING := $(filter-out $(foreach p,$(CORE),$(call found,$(p))),$(CORE))
# Loaded when first needed (base/library.h): by the file names that its headers belong to.
soname   = $(shell readelf -d "$$($(CC) -print-file-name=lib$(1).so)" 2>/dev/null | \
	sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
PCAP    := $(if $(call found,libpcap),$(call soname,pcap))
HWLOC   := $(call found,hwloc)
ZLIB    := $(call found,zlib)
MPI     := $(if $(call found,ompi),$(call soname,mpi))
GLPK    := $(call soname,glpk)
LINKED  := $(CORE) $(HWLOC) $(ZLIB)
PKGS    := $(LINKED) $(PCAP:%=libpcap) $(MPI:%=ompi)
LDLIBS  := $(call pkg,--libs $(LINKED)) -lm -pthread
DEFS    := $(foreach p,HWLOC ZLIB,$(if $($(p)),-DHAVE_$(p))) \
	$(foreach p,PCAP MPI GLPK,$(if $($(p)),-DHAVE_$(p)='"$($(p))"')) \
	-DNFVSIM_VERSION='"$(shell cat VERSION)"' -DNFVSIM_DATADIR='"$(PREFIX)/share/nfvsim"'

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla
SAFE := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong
ifdef SAN
OPT  := -O1 -fno-omit-frame-pointer
SAFE := -fsanitize=address,undefined$(if $(FUZZ),$(comma)fuzzer-no-link) -fno-sanitize-recover=all
endif
# -ffp-contract=off: the same bits with and without a fused multiply-add in the processor.
# System headers by -isystem: their warnings are not ours.
FLAGS := -std=gnu11 -D_GNU_SOURCE -I. $(OPT) -g -ffp-contract=off -fno-math-errno -fPIE -pthread \
	$(SAFE) $(WARN) $(DEFS) $(patsubst -I%,-isystem %,$(call pkg,--cflags $(PKGS))) $(CFLAGS)
LINK  := $(filter -fsanitize%,$(SAFE)) -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)

MAIN    := $(wildcard cli/main.c)
FOLDERS := base sim model calib plan validate report cli
SRC     := $(filter-out $(MAIN),$(wildcard $(FOLDERS:%=%/*.c)))
UNIT    := $(wildcard tests/unit/test_*.c)
FUZZERS := $(wildcard tests/fuzz/fuzz_*.c)
BENCH   := $(wildcard bench/*.c)
DPDK    := $(wildcard calib/dpdk/*.c)
C_FILES := $(SRC) $(MAIN) $(DPDK) $(wildcard */*.h calib/dpdk/*.h tests/*/*.[ch] bench/*.c)

LIB   := $(BUILD)/libnfvsim.a
BIN   := $(MAIN:cli/main.c=$(BUILD)/nfvsim)
TESTS := $(UNIT:%.c=$(BUILD)/%) $(FUZZERS:%.c=$(BUILD)/%)
Q     := $(if $(V),,@)
# Expanded in recipes: as many jobs as processors unless the caller said otherwise.
SUB    = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

.PHONY: all demo check test tests check-san check-browser pictures fuzz fuzz-run bench coverage-ci coverage-inverse place-brute lint format \
	calib live install \
	uninstall clean help FORCE
.SECONDARY:

all: $(LIB) $(BIN) ## the program and its library (default)

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC    $<")
	$(Q)$(CC) $(FLAGS) $(if $(WERROR),-Werror) -MMD -MP -c -o $@ $<

# Holds the flags, and changes only with them: what was built with others is then built again.
$(BUILD)/flags: FORCE
	@$(if $(MISSING),echo "missing: $(MISSING). Run scripts/install-deps.sh build" >&2; exit 1)
	@mkdir -p $(@D)
	@now="$(CC) $(FLAGS) $(LINK) $(LDLIBS)"; [ "$$now" = "$$(cat $@ 2>/dev/null)" ] || echo "$$now" >$@

# The report's script and style, which are built in.
$(BUILD)/report/assets.o: $(wildcard report/web/*)

$(LIB): $(SRC:%.c=$(BUILD)/%.o)
	@mkdir -p $(@D) && rm -f $@
	$(if $(V),,@echo "  AR    $@")
	$(Q)$(AR) rcs $@ $^

define link
	$(if $(V),,@echo "  LINK  $@")
	$(Q)$(CC) $(LINK) -o $@ $(filter %.o %.a,$^) $(1) $(LDLIBS)
endef

$(BUILD)/nfvsim: $(BUILD)/cli/main.o $(LIB)
	$(call link)
$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(LIB)
	$(call link,-lcmocka $(PCAP:%=-lpcap))
$(BUILD)/bench/%: $(BUILD)/bench/%.o $(LIB)
	$(call link)
$(BUILD)/tests/coverage/%: $(BUILD)/tests/coverage/%.o $(LIB)
	$(call link)
ifdef FUZZ
$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(LIB)
	$(call link,-fsanitize=fuzzer)
else
$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/replay.o $(LIB)
	$(call link)
endif

demo: ## install what is missing, build, show what the program can do
	@scripts/install-deps.sh build
	+@$(SUB) all
	@scripts/demo.sh

check: ## install what is missing, build, run all tests
	@scripts/install-deps.sh build test
	+@$(SUB) test

test: all tests ## run all tests, without installing anything
	@BUILD='$(BUILD)' T='$(T)' scripts/run-tests.sh

tests: $(TESTS)

# Without the long ones: what they repeat thousands of times, shorter tests run too.
LONG_TESTS := test_coverage test_inverse test_sample_truth test_estimate test_reproduce calibrate explain instructions place plan \
	sweep validate manual
check-san: ## tests under AddressSanitizer and UBSan
	+@SKIP_TESTS='$(LONG_TESTS)' $(SUB) check SAN=1

check-browser: ## install Chromium if it is missing, open reports in it and use them
	@scripts/install-deps.sh build test browser
	+@$(SUB) all
	@BUILD='$(BUILD)' scripts/check-browser.sh

pictures: ## make the pictures of README.md anew (installs Chromium if it is missing)
	@scripts/install-deps.sh build browser test
	+@$(SUB) all
	@BUILD='$(BUILD)' bash scripts/pictures.sh

fuzz: ## fuzz each reader for FUZZ_SECONDS (0: only replay the corpus); needs clang
	+@$(SUB) fuzz-run CC=clang SAN=1 FUZZ=1 BUILD=build-fuzz

fuzz-run: $(FUZZERS:%.c=$(BUILD)/%)
	@BUILD='$(BUILD)' FUZZ_SECONDS='$(FUZZ_SECONDS)' scripts/run-fuzz.sh

bench: all $(BENCH:%.c=$(BUILD)/%) ## measure the program's own speed
	@[ ! -e bench/run.sh ] || BUILD='$(BUILD)' bash bench/run.sh

.PHONY: bench-sweep check-kill
bench-sweep: all ## measure sweeps of many points, with one worker and two
	@BUILD='$(BUILD)' bash bench/sweep.sh

check-kill: all ## kill sweeps ROUNDS times at random moments, look what is left
	@BUILD='$(BUILD)' bash scripts/kill-sweeps.sh

coverage-ci: $(BUILD)/tests/coverage/coverage_ci ## count how often 95 % intervals hold the truth
	@NFVSIM_DATA=scenarios $< count 1 $(or $(RUNS),10000) '$(T)' | tee $(BUILD)/coverage.txt
	@$< table <$(BUILD)/coverage.txt

coverage-inverse: $(BUILD)/tests/coverage/inverse_ci ## count how often calibrate --from finds values again
	@NFVSIM_DATA=scenarios $< count 1 $(or $(RUNS),2000) '$(T)' | tee $(BUILD)/inverse.txt
	@$< table <$(BUILD)/inverse.txt

place-brute: $(BUILD)/tests/unit/test_placement ## compare placements with brute force by simulation (2 min)
	@PLACE_CLUSTERS=$(or $(CLUSTERS),50) $<

lint: $(LIB) ## check the style rules that a script can check
	@BUILD='$(BUILD)' scripts/lint.sh

format: ## lay out all C files by .clang-format
	clang-format -i $(C_FILES)

# The microbenchmarks: the only program that needs DPDK, and not part of `all`.
DPDK_FLAGS = $(patsubst -I%,-isystem %,$(call pkg,--cflags libdpdk))
calib: $(BUILD)/nfvsim-calib ## the microbenchmarks (needs DPDK)
DPDK_MAIN  := calib/dpdk/calib_main.c calib/dpdk/live_main.c
DPDK_PARTS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(DPDK_MAIN),$(DPDK)))
$(BUILD)/calib/dpdk/%.o: FLAGS += $(DPDK_FLAGS)
$(DPDK:%.c=$(BUILD)/%.o): | $(BUILD)/dpdk-found
$(BUILD)/nfvsim-calib $(BUILD)/nfvsim-live: $(BUILD)/nfvsim-%: $(BUILD)/calib/dpdk/%_main.o \
	$(DPDK_PARTS) $(LIB) | $(BUILD)/dpdk-found
	$(call link,$(call pkg,--libs libdpdk))
$(BUILD)/dpdk-found: | $(BUILD)/flags
	@pkg-config --exists libdpdk || \
		{ echo "calib needs DPDK: apt-get install libdpdk-dev dpdk dpdk-dev" >&2; exit 1; }
	@touch $@

live: all $(BUILD)/nfvsim-calib $(BUILD)/nfvsim-live ## predict a real dataplane, run it, compare (needs DPDK)
	@BUILD='$(BUILD)' validate/live/run.sh $(if $(SMOKE),--smoke) $(LIVE)

DEST  := $(DESTDIR)$(PREFIX)
SHARE := $(DEST)/share
COMPLETION := $(SHARE)/bash-completion/completions/nfvsim
install: all ## into PREFIX, below DESTDIR if given
	install -D -m 755 $(BIN) '$(DEST)/bin/nfvsim'
	install -D -m 644 docs/nfvsim.1 '$(SHARE)/man/man1/nfvsim.1'
	install -D -m 644 scripts/nfvsim.bash-completion '$(COMPLETION)'
	find scenarios validate/data -type f -exec install -D -m 644 {} '$(SHARE)/nfvsim/{}' \;
	find docs README.md CHANGELOG.md COPYING -type f ! -name nfvsim.1 \
		-exec install -D -m 644 {} '$(SHARE)/doc/nfvsim/{}' \;

uninstall: ## remove what install put there
	rm -f '$(DEST)/bin/nfvsim' '$(SHARE)/man/man1/nfvsim.1' '$(COMPLETION)'
	rm -rf '$(SHARE)/nfvsim' '$(SHARE)/doc/nfvsim'

clean: ## remove all build folders
	rm -rf $(sort $(BUILD) build) build-*

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1	\2/p' Makefile | expand -t 12

-include $(patsubst %.c,$(BUILD)/%.d,$(filter %.c,$(C_FILES)))
