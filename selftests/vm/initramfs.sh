# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Packs what the guest runs into two archives the kernel unpacks one after the
# other: the base (programs, libraries, kernel modules of Debian), kept in the
# cache, and our own part, made anew for each boot.
# To be sourced after common.sh, not run.

# Real programs where the tests may need more than busybox offers, besides all
# of coreutils.
PROGRAMS="bash busybox kmod ip tc ss bridge nft xtables-nft-multi curl ethtool
jq hping3 nmap socat tcpdump tmux capsh setpriv unshare nsenter setsid flock dmesg sysctl ps
pgrep pkill grep sed mawk find xargs cmp diff stdbuf"

# Drivers the scenarios use, by the name modprobe knows. A kernel that lacks
# one (or has it built in) simply goes without.
MODULES="veth dummy bridge br_netfilter vrf ifb 8021q macvlan tun
sch_netem sch_htb sch_fq sch_fq_codel sch_ingress act_mirred cls_u32
cls_matchall cls_flower nf_conntrack nf_nat nf_tables nft_compat nft_chain_nat
nft_ct nft_masq nft_nat nft_redir nft_reject nft_reject_inet nft_reject_ipv4
nft_reject_ipv6 nft_limit nft_log nft_counter nft_hash nft_numgen nft_synproxy
nft_tproxy nft_quota nft_fib_inet nf_log_syslog nf_conntrack_netlink
nf_flow_table nf_flow_table_inet nft_flow_offload xt_conntrack xt_MASQUERADE
xt_REDIRECT xt_nat xt_tcpudp xt_SYNPROXY xt_limit xt_TCPMSS tcp_cubic
inet_diag tcp_diag tcp_bbr"

# put ROOT FILE...: copies programs to the same place below ROOT, and the
# libraries they name.
put()
{
	local root=$1 file

	shift
	for file; do
		[ -e "$root$file" ] || install -D "$file" "$root$file" || return 1
	done
	put_libraries "$root" "$@"
}

put_libraries()
{
	local root=$1 library

	shift
	ldd "$@" 2>/dev/null | grep -o '/[^ :]*' | sort -u |
	while read -r library; do
		[ -e "$root$library" ] || install -D "$library" "$root$library"
	done
}

# skeleton ROOT: the directories both archives have. A directory of the second
# in the place of a symbolic link of the first would hide what is behind it.
skeleton()
{
	local path

	mkdir -p "$1"/etc "$1"/usr/{bin,sbin,lib,lib32,lib64} || return 1
	for path in bin sbin lib lib32 lib64; do
		ln -s "usr/$path" "$1/$path" || return 1
	done
}

# fill_base ROOT VERSION IMAGE: everything that does not depend on our sources.
fill_base()
{
	local root=$1 version=$2 image=$3 program applet module path
	local -a found=()

	skeleton "$root" || return 1
	mkdir "$root"/{dev,proc,sys,run,tmp,root,var}
	ln -s ../run "$root/var/run"
	echo 'root:x:0:0:root:/root:/bin/bash
nobody:x:65534:65534:nobody:/:/bin/false' >"$root/etc/passwd"
	echo 'root:x:0:
nogroup:x:65534:' >"$root/etc/group"
	echo '127.0.0.1 localhost tcpshake-vm
::1 localhost tcpshake-vm' >"$root/etc/hosts"

	for program in $PROGRAMS; do
		path=$(PATH=$PATH:/usr/sbin:/sbin type -P "$program") || {
			say "no program $program" >&2
			return 1
		}
		found+=("$path")
	done
	mapfile -t -O ${#found[@]} found < <(dpkg -L coreutils |
		grep -E '^(/usr)?/s?bin/.')
	put "$root" "${found[@]}" || return 1
	put "$root" /usr/lib/x86_64-linux-gnu/xtables/*.so
	path=$(dirname "$(find /usr/lib /usr/share -name normal.dist -path '*tc/*' |
		head -n 1)")
	[ "$path" = . ] || { mkdir -p "$root$path" &&
		cp "$path"/*.dist "$root$path"; }
	mkdir -p "$root"/usr/lib/{locale,terminfo/s}	# for tmux
	cp -r /usr/lib/locale/C.utf8 "$root/usr/lib/locale" &&
	cp /lib/terminfo/s/screen "$root/usr/lib/terminfo/s" || return 1
	install -m 644 -D -t "$root/usr/share/nmap" /usr/share/nmap/nmap-{services,payloads,protocols}
	for program in insmod rmmod modprobe lsmod modinfo depmod; do
		ln -sf ../bin/kmod "$root/usr/sbin/$program"
	done
	for program in iptables ip6tables iptables-save ip6tables-save \
		iptables-restore ip6tables-restore; do
		ln -s xtables-nft-multi "$root/usr/sbin/$program"
	done
	ln -s mawk "$root/usr/bin/awk"
	ln -s bash "$root/usr/bin/sh"
	for applet in $(busybox --list); do
		[ -e "$root/usr/sbin/$applet" ] || [ -e "$root/usr/bin/$applet" ] ||
			ln -s busybox "$root/usr/bin/$applet"
	done

	mkdir -p "$root/usr/lib/modules/$version"
	for module in $MODULES; do
		modprobe -q -C /dev/null -d "$image" -S "$version" \
			--show-depends "$module"
	done | awk '$1 == "insmod" { print $2 }' | sort -u |
	while read -r path; do
		install -m 644 -D "$path" \
			"$root/usr/lib/modules/$version/${path#*/"$version"/}"
	done
	cp "$image/lib/modules/$version"/modules.{order,builtin,builtin.modinfo} \
		"$root/usr/lib/modules/$version" &&
	depmod -b "$root" "$version"
}

# pack ROOT FILE: a cpio of everything below ROOT, padded so that another may
# follow.
pack()
{
	chmod 755 "$1"
	(cd "$1" && find . | LC_ALL=C sort |
		cpio -o -H newc -R 0:0 --quiet --block-size=1) >"$2"
}

# base_archive VERSION IMAGE: prints the path of the base for that kernel, found
# below IMAGE. One made of other packages or by another version of this file is
# not used, and one whose checksum differs is made again.
base_archive()
{
	local version=$1 image=$2 key base

	key=$({ dpkg-query -W; cat "$VM_DIR/initramfs.sh"
		stat -c '%n %Y' "$image/boot/vmlinuz-$version"; } |
		sha256sum | cut -c 1-16)
	base=$CACHE/base/$version-$key.cpio
	mkdir -p "$CACHE/base"
	(
		flock 9
		(cd "$CACHE/base" &&
			sha256sum --quiet -c "$base.sum") >/dev/null 2>&1 ||
			make_base "$version" "$image" "$base"
	) 9>"$CACHE/base/lock" || return 1
	touch "$base" && printf '%s\n' "$base"
}

make_base()
{
	local version=$1 image=$2 base=$3 tmp rc

	[ ! -e "$base" ] || say "The cached $base is damaged; making it again" >&2
	find "$CACHE/base" -name "$version-*.cpio*" -mmin +60 -delete
	tmp=$(mktemp -d "$CACHE/base/.XXXXXX") &&
	fill_base "$tmp/root" "$version" "$image" && pack "$tmp/root" "$tmp/cpio" &&
	mv "$tmp/cpio" "$base" &&
	(cd "$CACHE/base" && sha256sum "${base##*/}") >"$base.sum"
	rc=$?
	rm -rf "$tmp"
	return "$rc"
}

# own_archive FILE MODULE USER SETTINGS [ADD]: module, reader, scenarios and guest
# programs into FILE, and ADD as bench. The guest sees the layout of the checkout
# in /tcpshake.
own_archive()
{
	local out=$1 module=$2 user=$3 settings=$4 add=${5:-} root rc

	root=$(mktemp -d) || return 1
	skeleton "$root" &&
	mkdir -p "$root"/tcpshake/{userspace,selftests/vm} &&
	install "$VM_DIR/init" "$root/init" &&
	cp "$module" "$root/tcpshake/tcpshake.ko" &&
	install "$VM_DIR"/{demo.sh,ktap.sh} "$root/tcpshake/selftests/vm" &&
	cp "$settings" "$root/etc/tcpshake-vm" &&
	install "$user/userspace/tcpshake" "$root/tcpshake/userspace" &&
	ln -s /tcpshake/userspace/tcpshake "$root/usr/bin/tcpshake" &&
	(cd "$user/selftests" && find . -path ./vm -prune -o -type f \
		! -name '*.c' ! -name '*.o' ! -name '*_test' -print |
		cpio -pdm --quiet "$root/tcpshake/selftests") &&
	{ [ -z "$add" ] || cp -a "$add" "$root/tcpshake/bench"; } &&
	find "$root/tcpshake" -type f -perm /111 ! -name '*.sh' \
		-exec bash -c '. "$0"; put_libraries "$@"' \
		"$VM_DIR/initramfs.sh" "$root" {} + &&
	pack "$root" "$out"
	rc=$?
	rm -rf "$root"
	return "$rc"
}
