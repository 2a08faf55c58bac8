# SPDX-License-Identifier: GPL-2.0
#
# Every verb that a person types; scripts/ and tools/ do the work.

MAKEFLAGS += --no-print-directory
PREFIX ?= /usr/local

help:
	@echo 'make demo                   see it work, in a test machine'
	@echo 'make check [T=area] [K=6.1|6.12]     run the tests in test machines'
	@echo 'make check-debug [T=area]   the same on the newest kernel with KASAN, lockdep, ...'
	@echo 'make soak [T=area] [K=...]  the same as either for hours, where a test knows how'
	@echo 'make bench T=area           measure beside the peers'
	@echo 'make style                  static checks'
	@echo
	@echo 'make deps                   install what the above needs (Debian 12)'
	@echo 'make modules [K=6.1|6.12|newest]     build the kernel modules, into build/'
	@echo 'make tools                  build vsctl, mkfs.vmfs and fsck.vmfs, into build/bin'
	@echo 'make install, uninstall     on this host, for its running kernel or K='
	@echo 'make deb                    build Debian packages, into build/deb'
	@echo 'make clean                  remove build/'

deps:
	@scripts/deps

modules:
	@scripts/modules $(K)

tools:
	@$(MAKE) -C userspace O=$(abspath build)

demo: deps
	@scripts/modules $(or $(K),6.12)
	@$(MAKE) tools
	@tools/demo/run --kernel $(or $(K),6.12)

check: deps
	@scripts/check $(addprefix --kernel ,$(K)) $(T)

check-debug: deps
	@scripts/check --kernel debug $(T)

soak: deps
	@SOAK=1 scripts/check $(addprefix --kernel ,$(K)) $(T)

bench:
	@scripts/deps bench
	@scripts/bench $(T)

style: deps
	@scripts/style

install:
	@scripts/install --prefix '$(PREFIX)' --destdir '$(DESTDIR)' $(K)

uninstall:
	@scripts/install --remove --prefix '$(PREFIX)' --destdir '$(DESTDIR)' $(K)

deb:
	@scripts/deb

clean:
	rm -rf build

.PHONY: help deps modules tools demo check check-debug soak bench style install uninstall deb clean
