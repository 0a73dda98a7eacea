# SPDX-License-Identifier: GPL-2.0-or-later
#
# A thin face over Meson: what a person types. The work is in meson.build, tools/ and tests/run.py.
#
#   make            build/igdctl (installs missing Debian packages first, see tools/deps)
#   make demo       the tour over the machine that comes with the source
#   make check      both compilers, sanitizers, every test and every gate; the last line is the count
#   make check-rigs what is too long for that: captured hosts under further kernels (docs/test-rigs.md)
#   make bench      how fast and how large, as ratios where a peer exists
#   make fuzz       each fuzz target for MINUTES (10), as many at a time as there are processors
#   make format     clang-format over the tree
#   make install    into $(DESTDIR)$(prefix)
#   make clean      remove what the above have built

BUILD        = build
prefix       = /usr/local
DESTDIR      =
MINUTES      = 10
PYTHON       = /usr/bin/python3

.PHONY: all igdctl demo check check-rigs bench fuzz format install clean

all: igdctl
	@test -x $(BUILD)/igdctl && echo "$(BUILD)/igdctl is built; try: $(BUILD)/igdctl inspect"

igdctl: $(BUILD)/build.ninja
	@ninja --quiet -C $(BUILD)

# Meson watches its own files from here on.
$(BUILD)/build.ninja:
	@tools/deps install build
	@mkdir -p $(BUILD)
	@meson setup -Dtests=disabled -Dprefix=$(prefix) $(BUILD) >$(BUILD)/setup.log 2>&1 || { cat $(BUILD)/setup.log; exit 1; }

demo: igdctl
	@tools/deps install demo || echo "demo: going on with what is here" >&2
	@tools/demo.sh $(BUILD)/igdctl

# The gates that lack their tool say so themselves, so a failed installation only costs those.
check:
	@tools/deps install build check || echo "check: going on with what is here" >&2
	@$(PYTHON) tests/run.py

check-rigs:
	@tools/deps install build check || echo "check-rigs: going on with what is here" >&2
	@$(PYTHON) tests/run.py gcc rigs

bench: igdctl
	@tools/deps install bench
	@ninja --quiet -C $(BUILD) bench/bench-parse bench/bench-codec
	@$(PYTHON) bench/bench.py $(BUILD)

fuzz:
	@tools/deps install build check
	@tests/fuzz/run $$(($(MINUTES) * 60))

format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i

install: igdctl
	@test -x $(BUILD)/igdctl && echo "$(BUILD)/igdctl is built; try: $(BUILD)/igdctl inspect"
	@meson configure $(BUILD) -Dprefix=$(prefix)
	@DESTDIR=$(DESTDIR) meson install -C $(BUILD) --no-rebuild

clean:
	@rm -rf $(BUILD) build-check build-fuzz
