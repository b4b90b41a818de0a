# SPDX-License-Identifier: GPL-2.0
#
# The verbs, for people. What is built for the kernel is in Kbuild, the reader
# has userspace/Makefile, and the work of demo, check and vm is done in
# selftests/vm/, that of bench in selftests/bench/. Nothing but load, unload,
# install, uninstall and dkms touches the kernel of this machine.

# "make demo SHELL=1" means our shell, not the one make runs recipes by.
ifeq ($(origin SHELL),command line)
WITH_SHELL := $(filter-out 0,$(SHELL))
MAKEOVERRIDES := $(filter-out SHELL=%,$(MAKEOVERRIDES))
endif
override SHELL := /bin/sh

KVER ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KVER)/build
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
VM := selftests/vm

RUN = $(VM)/run.sh $(if $(KERNEL),--kernel '$(KERNEL)')

all: module cli

help:
	@sed -n 's/^#: //p' $(firstword $(MAKEFILE_LIST))

#: make                the module for the running kernel (KVER=... for another) and the reader
#: make module         tcpshake.ko alone
module:
	@[ -e '$(KDIR)/Makefile' ] || { \
		echo 'No headers of kernel $(KVER) here. Install linux-headers-$(KVER), or'; \
		echo 'choose another kernel: make KVER=VERSION. "make demo" needs neither.'; \
		exit 1; } >&2
	$(MAKE) -C '$(KDIR)' M='$(CURDIR)' modules

#: make cli            userspace/tcpshake, the reader
cli:
	$(MAKE) -C userspace

#: make demo           a guided tour in a disposable virtual machine (SHELL=1: stay there)
demo:
	@$(VM)/deps.sh vm
	@$(RUN) $(if $(WITH_SHELL),--shell) demo

#: make vm             a command in such a machine (CMD='...'), or a shell (SHELL=1)
vm:
	@$(VM)/deps.sh vm
	@$(RUN) $(if $(CMD),cmd '$(subst ','\'',$(CMD))',shell)

#: make check          all tests: style, units, scenarios in the machine, dkms (ONLY=REGEX: scenarios)
check:
	@$(VM)/deps.sh check
	@ONLY='$(ONLY)' KERNEL='$(KERNEL)' JOBS='$(JOBS)' $(VM)/check.sh

#: make check-unit     the unit tests alone
check-unit:
	@$(VM)/deps.sh check
	@$(VM)/check.sh unit

#: make check-kernels  the scenarios on 5.10 to the newest kernel (KERNELS='trixie:rt-amd64' ONLY=REGEX)
check-kernels:
	@$(VM)/deps.sh kernels
	@ONLY='$(ONLY)' $(VM)/matrix.sh $(KERNELS)

#: make check-packages  build, install, upgrade and purge them on Debian 12 and 13 (SUITES='trixie')
check-packages:
	@$(VM)/deps.sh kernels
	@$(VM)/packages.sh $(SUITES)

#: make check-sanitize  faults, storm and others under KASAN, lockdep, kmemleak, UBSAN; KCSAN (ONLY=REGEX FLAVOURS=race)
check-sanitize:
	@$(VM)/deps.sh sanitize
	@ONLY='$(ONLY)' $(VM)/sanitize.sh $(FLAVOURS)

#: make fuzz           libFuzzer on all that reads strangers' octets (FUZZ_SECONDS=60 for each target)
fuzz:
	@$(VM)/deps.sh check
	$(MAKE) -C selftests/fuzz run

#: make sim            the flood detector's targets in simulated time: a table, target and measured
sim:
	@$(MAKE) -s -C selftests/sim run

#: make bench          speed, memory, instructions, beside others (PARTS='exact system memory' RUNS=5 OUT=FILE)
bench:
	@$(VM)/deps.sh bench
	@selftests/bench/bench.sh $(PARTS)

#: make style          compiler warnings, sparse, checkpatch, shellcheck, rules of the project
style:
	@$(VM)/deps.sh style
	@KERNEL='$(KERNEL)' selftests/style.sh

#: make load           insert the module just built into the running kernel (ARGS='slots=...')
load:
	insmod ./tcpshake.ko $(ARGS)

#: make unload         remove it
unload:
	rmmod tcpshake

#: make dkms           hand the module to dkms, which builds it for every kernel installed from now on
dkms:
	-[ ! -d /var/lib/dkms/tcpshake/$(VERSION) ] || dkms remove tcpshake/$(VERSION) --all
	mkdir -p /usr/src/tcpshake-$(VERSION)
	cp -p --parents Kbuild dkms.conf $$(find module -name '*.[ch]') /usr/src/tcpshake-$(VERSION)
	dkms install tcpshake/$(VERSION) -k '$(KVER)'

#: make install        dkms, the reader and its manual
install: dkms
	$(MAKE) -C userspace install

#: make uninstall      take both away again
uninstall:
	-dkms remove tcpshake/$(VERSION) --all
	$(RM) -r /usr/src/tcpshake-$(VERSION)
	$(MAKE) -C userspace uninstall

#: make clean          what the verbs above left in this directory
clean:
	[ ! -e '$(KDIR)/Makefile' ] || $(MAKE) -C '$(KDIR)' M='$(CURDIR)' clean
	$(MAKE) -C userspace clean
	$(MAKE) -C selftests clean

#: KERNEL=VERSION      for demo, vm, check and style: not the newest Debian kernel here, but this

.PHONY: all module cli demo vm check check-unit check-kernels check-packages check-sanitize fuzz sim bench style load unload dkms install uninstall clean help
