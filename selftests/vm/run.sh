#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Boots a stock Debian kernel in a disposable QEMU machine, with the module,
# the reader and the scenarios of this checkout in its initramfs, and passes
# on what the guest reports. See usage() for the ways to call it. User Mode Linux
# is the same machine without QEMU.
# The guest speaks over a second serial port, in lines that begin with a
# random word; a machine that does not reach its "end" line has failed.

# shellcheck source=selftests/vm/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=selftests/vm/build.sh
. "$VM_DIR/build.sh"
# shellcheck source=selftests/vm/initramfs.sh
. "$VM_DIR/initramfs.sh"

usage()
{
	cat <<-'EOT'
	usage: run.sh [OPTION...] check | demo | shell | cmd COMMAND
	  check              every scenario of selftests/, one after the other
	  demo               the guided tour
	  shell              a shell in the machine, module loaded
	  cmd COMMAND        COMMAND, by bash, in selftests/; its exit status
	options:
	  --only REGEX       check: only scenarios whose file name matches
	  --share K/N        check: every Nth of these, from the Kth (from 0) on
	  --kernel VERSION   which kernel (default: the newest one here)
	  --root DIR         boot/ and lib/modules/ of the kernel are below DIR
	  --module FILE      a tcpshake.ko built elsewhere for that kernel
	  --shell            afterwards leave a shell in the machine
	  --accel kvm|tcg    default: kvm where it works, else tcg
	  --uml FLAVOUR      User Mode Linux, built by uml.sh; it has one processor
	  --exact            emulate one processor whose clock goes on a nanosecond
	                     with each instruction: time is a count of them
	  --add DIR          what is below DIR is in bench/ beside selftests/
	  --cpus N           processors of the machine (2)
	  --memory SIZE      its memory (1G)
	  --append WORDS     more words for the kernel command line
	  --timeout SECONDS  for the whole machine (1200; none with a shell)
	  --test-timeout S   for one scenario (default: selftests/settings)
	  --counts FILE      check: write "passed failed skipped" there
	  --console FILE     keep what the kernel says there
	EOT
}

# shellcheck disable=SC2034 # some are read by name, in prepare()
MODE='' COMMAND='' ONLY='' KERNEL='' ROOT='' MODULE='' WITH_SHELL='' ACCEL=''
COLOR='' SHARE=0
SHARES=1 CPUS=2 MEMORY=1G APPEND='' TIMEOUT=1200 TEST_TIMEOUT='' COUNTS='' CONSOLE=''
EXACT='' ADD='' FLAVOUR=''

# shellcheck disable=SC2034
parse_arguments()
{
	while [ $# -gt 0 ]; do
		case $1 in
		--shell) WITH_SHELL=1; shift; continue ;;
		--exact) EXACT=1 CPUS=1; shift; continue ;;
		--help | -h) usage; exit 0 ;;
		check | demo | shell) MODE=$1; shift; continue ;;
		esac
		[ $# -ge 2 ] || { usage >&2; exit 2; }
		case $1 in
		--only) ONLY=$2 ;;
		--share) SHARE=${2%/*} SHARES=${2#*/} ;;
		--kernel) KERNEL=$2 ;;
		--root) ROOT=$2 ;;
		--module) MODULE=$2 ;;
		--accel) ACCEL=$2 ;;
		--uml) FLAVOUR=$2 CPUS=1 ;;
		--add) ADD=$2 ;;
		--cpus) CPUS=$2 ;;
		--memory) MEMORY=$2 ;;
		--append) APPEND=$2 ;;
		--timeout) TIMEOUT=$2 ;;
		--test-timeout) TEST_TIMEOUT=$2 ;;
		--counts) COUNTS=$2 ;;
		--console) CONSOLE=$2 ;;
		cmd) MODE=cmd COMMAND=$2 ;;
		*) usage >&2; exit 2 ;;
		esac
		shift 2
	done
	[ -n "$MODE" ] || { usage >&2; exit 2; }
	[ "$MODE" != shell ] || WITH_SHELL=1
	if [ -n "$WITH_SHELL" ] && ! { [ -t 0 ] && [ -t 1 ]; }; then
		die "a shell needs a terminal"
	fi
	[ -z "$WITH_SHELL" ] || TIMEOUT=0
}

# use_uml: the kernel is one of uml.sh, and so is what the module is built against.
use_uml()
{
	local dir

	[ -z "$EXACT" ] || die "the clock of User Mode Linux is that of this machine"
	dir=$("$VM_DIR/uml.sh" build "$FLAVOUR") || exit 1
	ROOT=$dir/root KERNEL=$(cat "$dir/version")
	[ -n "$MODULE" ] || MODULE=$(build_module "$KERNEL" "$dir/build" ARCH=um)
}

# The initramfs: base and own part, one after the other.
prepare()
{
	local user base name

	[ -z "$FLAVOUR" ] || use_uml
	KERNEL=${KERNEL:-$(newest_kernel)}
	[ -n "$KERNEL" ] || die "no kernel to boot; try selftests/vm/deps.sh vm"
	ROOT=${ROOT:-$(image_root "$KERNEL")}
	[ -r "${ROOT%/}/boot/vmlinuz-$KERNEL" ] || die "no image of $KERNEL"
	[ -n "$MODULE" ] || MODULE=$(build_module "$KERNEL") ||
		die "the module does not build for $KERNEL"
	user=$(build_user) || die "the reader does not build"
	base=$(base_archive "$KERNEL" "$ROOT") || die "cannot make the initramfs"

	TEST_TIMEOUT=${TEST_TIMEOUT:-$(sed -n 's/^timeout=//p' \
		"$TOP/selftests/settings")}
	SECRET=@$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
	# shellcheck disable=SC2034 # read by name below
	[ -t 1 ] && [ -z "${NO_COLOR:-}" ] && COLOR=1
	for name in SECRET MODE COMMAND ONLY SHARE SHARES TEST_TIMEOUT WITH_SHELL \
		COLOR TERM; do
		printf '%s=%q\n' "$name" "${!name:-}"
	done >"$WORK/settings"
	stty size 2>/dev/null </dev/tty | {
		read -r rows columns || true
		printf 'ROWS=%s\nCOLUMNS=%s\n' "${rows:-24}" "${columns:-80}"
	} >>"$WORK/settings"
	own_archive "$WORK/own.cpio" "$MODULE" "$user" "$WORK/settings" "$ADD" ||
		die "cannot make the initramfs"
	cat "$base" "$WORK/own.cpio" >"$WORK/initrd"
}

# start_qemu ACCEL CPU: sets QEMU to its process id. It dies with us, and
# after TIMEOUT in any case. While it lives it holds descriptor 4, so that
# the reader of the results sees their end when it is gone and not before.
start_qemu()
{
	local console=file,path=$WORK/console foreground='' clock=''

	[ -z "$EXACT" ] || clock='-icount shift=0,sleep=off'

	if [ -n "$WITH_SHELL" ]; then
		console=stdio,signal=off foreground=--foreground
	fi
	rm -f "$WORK/console"
	# shellcheck disable=SC2086 # empty or words
	setpriv --pdeathsig TERM timeout $foreground -k 5 "$TIMEOUT" \
	setpriv --pdeathsig KILL qemu-system-x86_64 \
		-M q35 -accel "$1" -cpu "$2" $clock -smp "$CPUS" -m "$MEMORY" \
		-bios qboot.rom -nodefaults -display none -no-reboot \
		-kernel "${ROOT%/}/boot/vmlinuz-$KERNEL" -initrd "$WORK/initrd" \
		-append "console=ttyS0 quiet panic=-1 tsc=reliable \
log_buf_len=4M $APPEND" \
		-chardev "$console,id=console" \
		-chardev "file,path=$WORK/results,id=results" \
		-serial chardev:console -serial chardev:results \
		<"$INPUT" &
	QEMU=$!
}

# start_uml: the same, of a program. Its second serial line is descriptor 6. Without
# trust in "the processor", here getrandom(2), random numbers would be slow for long.
start_uml()
{
	local input=null output=$WORK/console foreground=''

	if [ -n "$WITH_SHELL" ]; then
		input=fd:0 output=/dev/stdout foreground=--foreground
	fi
	rm -f "$WORK/console"
	# shellcheck disable=SC2086 # empty or words
	(ulimit -c 0; exec setpriv --pdeathsig TERM timeout $foreground -k 5 "$TIMEOUT" \
	setpriv --pdeathsig KILL "${ROOT%/}/boot/vmlinuz-$KERNEL" "mem=$MEMORY" \
		initrd="$WORK/initrd" uml_dir="$WORK" con=null ssl=null "ssl0=$input,fd:1" \
		ssl1=null,fd:6 console=ttyS0 quiet panic=-1 log_buf_len=4M \
		random.trust_cpu=on $APPEND) \
		<"$INPUT" >"$output" 2>&1 6>"$WORK/results" &
	QEMU=$!
}

# shellcheck disable=SC2317
stop_qemu()
{
	[ -z "${QEMU:-}" ] && return
	kill "$QEMU" 2>/dev/null && wait "$QEMU" 2>/dev/null
	QEMU=
}

# shellcheck disable=SC2317 # called by the trap
finish()
{
	stop_qemu
	[ -z "$CONSOLE" ] || cp "$WORK/console" "$CONSOLE" 2>/dev/null
	rm -rf "$WORK"
}

# KVM is tried where the processor claims it can, and given up when the guest
# says nothing for a while: some para-virtual ones never reach the kernel.
kvm_may_work()
{
	[ -z "$ACCEL" ] || [ "$ACCEL" = kvm ] || return 1
	[ -r /dev/kvm ] && [ -w /dev/kvm ] || return 1
	[ "$ACCEL" = kvm ] || grep -qwE 'vmx|svm' /proc/cpuinfo
}

boot()
{
	local try threads=multi

	[ -z "$EXACT" ] || threads=single ACCEL=tcg
	mkfifo "$WORK/results" || return 1
	if [ -n "$FLAVOUR" ]; then
		attempt uml '' 30
		return
	fi
	if kvm_may_work; then
		attempt kvm host 10 && return
		say "# KVM does not start this kernel here; emulating instead"
	fi
	for try in 1 2 3; do
		attempt "tcg,thread=$threads" max 90 && return
		say "# boot $try: the kernel gave no sign of life"
	done
	return 1
}

# attempt ACCEL CPU SECONDS: boots, and waits that long for the first line.
# Emulated processors lock each other up once in a long while before the
# guest has run any program; nothing is under test at that point.
attempt()
{
	local line

	exec 4<>"$WORK/results"
	if [ "$1" = uml ]; then start_uml; else start_qemu "$1" "$2"; fi
	exec 5<"$WORK/results"
	exec 4>&-
	if IFS= read -r -t "$3" -u 5 line; then
		handle "$line"
		return 0
	fi
	stop_qemu
	exec 5<&-
	return 1
}

# handle LINE: our protocol is obeyed, the rest is for the reader. What comes
# before the word is the end of something that did not end its line.
handle()
{
	local kind a b c before=${1%%"$SECRET "*}

	if [ "$before" = "$1" ]; then
		printf '%s\n' "$1"
		return
	fi
	[ -z "$before" ] || printf '%s\n' "$before"
	read -r kind a b c <<<"${1#*"$SECRET "}"
	case $kind in
	start)	say "# Linux $a, up after $(seconds_since "$STARTED") s" ;;
	count)	PASSED=$((PASSED + a)) FAILED=$((FAILED + b))
		SKIPPED=$((SKIPPED + c)) ;;
	end)	END=$a ;;
	esac
}

main()
{
	local line

	parse_arguments "$@"
	PASSED=0 FAILED=0 SKIPPED=0 END='' QEMU='' INPUT=/dev/null
	[ -z "$WITH_SHELL" ] || INPUT=/dev/stdin
	WORK=$(mktemp -d) || exit 1
	trap finish EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	prepare
	STARTED=$(now_ms)
	if boot; then
		while IFS= read -r -u 5 line || [ -n "$line" ]; do
			handle "$line"
		done
		wait "$QEMU"
		QEMU=
	fi

	if [ -z "$END" ]; then
		say "# the machine ended before its work did; its last words:"
		tail -n 40 "$WORK/console" 2>/dev/null | sed 's/^/# /'
		FAILED=$((FAILED + 1)) END=1
	fi
	if [ "$MODE" = check ] && [ "$SHARES" = 1 ] &&
	   [ $((PASSED + FAILED + SKIPPED)) -eq 0 ]; then
		say "# there is no such scenario"
		END=1
	fi
	[ -z "$COUNTS" ] || say "$PASSED $FAILED $SKIPPED" >"$COUNTS"
	[ "$MODE" != check ] || [ "$FAILED" -eq 0 ] || exit 1
	exit "$END"
}

main "$@"
