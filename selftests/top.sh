#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# "tcpshake top" on a terminal: what is on the screen after each key, after the window
# has changed its size, and what it leaves behind when it ends, of itself or not. The
# terminal is tmux's, which can be asked what it shows.
#
#   ┌──────────────────────┐      ┌─────────────────────────────────┐
#   │ CLIENT               ├──────┤ SERVER, observed                │
#   │ 192.0.2.1            │      │ 192.0.2.2                       │
#   │                      │      │ 40 services, from port 1000 on; │
#   │                      │      │ the first one has 40 attempts,  │
#   │                      │      │ the last one has one            │
#   └──────────────────────┘      └─────────────────────────────────┘

. "$(dirname "$0")/lib.sh"

SERVICES=40 FIRST=1000 LAST=$((1000 + 40 - 1))
TERMINAL=top-$$

in_terminal()
{
	tmux -L "$TERMINAL" -f "$TMP/tmux.conf" "$@"
}

# A shell, of which each line begins with "$ ", in the observed namespace.
open_terminal()
{
	echo "set-option -g default-terminal screen" >"$TMP/tmux.conf"
	LC_ALL=C.UTF-8 in_terminal new-session -d -x 120 -y 30 \
		"PS1='\$ ' nsenter --net=/run/netns/$SERVER -- sh" || bail "no terminal"
	in_terminal set-option -g window-size manual
	in_terminal resize-window -x 120 -y 30
	expected shows '^\$$' || bail "no shell in it"
}

close_terminal()
{
	in_terminal kill-server 2>/dev/null
}
trap 'close_terminal; cleanup' EXIT

press()
{
	in_terminal send-keys "$@"
}

# look: what is shown, line by line, is in SCREEN.
look()
{
	mapfile -t SCREEN < <(in_terminal capture-pane -p)
}

# shows REGEX: is a line like that?
shows()
{
	look
	printf '%s\n' "${SCREEN[@]}" | grep -Eq -- "$1"
}

assert_shows()
{
	expected shows "$1" || fail "there is no $1: $(printf '%s\n' "${SCREEN[@]}")"
}

# rows: the ports of the services shown, from the top, are in ROWS.
rows()
{
	look
	mapfile -t ROWS < <(printf '%s\n' "${SCREEN[@]}" |
		sed -n "/^SERVER /,\$s/^$S:\([0-9]*\) .*/\1/p")
}

# rows_are FIRST [LAST]
rows_are()
{
	rows
	[ "${ROWS[0]:-}" = "$1" ] && { [ $# = 1 ] || [ "${ROWS[-1]}" = "$2" ]; }
}

assert_rows()
{
	expected rows_are "$@" || fail "not from $1 to ${2:-any}: ${ROWS[*]}"
}

# starts [ARGUMENT...]
starts()
{
	press "$READER top --interval 200ms $*; echo status=\$?" Enter
	assert_shows '^tcpshake top - sorted by rate '
}

# left STATUS: it ended with that, the shell is there and the terminal as before.
left()
{
	assert_shows "^status=$1\$"
	press "stty -a | grep -qw echo && stty -a | grep -qw icanon && echo sane" Enter
	assert_shows '^sane$'
	! shows '^SERVER ' || fail "the screen was left as it was"
	press "clear" Enter
	expected is_clear || fail "a shell that does not obey"
}

is_clear()
{
	! shows 'status='
}

# ---- tests -------------------------------------------------------------------

screen()
{
	starts
	assert_shows '^attempts .* half-open .* all attempts 820$'
	assert_shows '^server +p50 .* p90 .* p99 '
	assert_shows '^SERVER +RATE +ATTEMPTS +HALF-OPEN +DONE +REFUSED '
	assert_shows "^$S:[0-9]+ +[0-9]+ +[0-9]+ +0 +0.0% +[0-9]+ "
	press s
	assert_shows '^tcpshake top - sorted by attempts '
	assert_rows "$FIRST"
	press r
	assert_shows 'sorted by attempts, reversed '
	assert_rows "$LAST"
	press r
	assert_rows "$FIRST"
}

scrolling()
{
	local shown

	rows
	shown=${#ROWS[@]}
	[ "$shown" -lt "$SERVICES" ] || fail "all $shown fit: nothing to scroll"
	press Down
	assert_rows $((FIRST + 1)) $((FIRST + shown))
	assert_shows '^SERVER +RATE '
	press Down Down
	assert_rows $((FIRST + 3))
	press Up
	assert_rows $((FIRST + 2))
	press NPage
	assert_rows $((FIRST + 12))
	press PPage PPage
	assert_rows "$FIRST"
	press NPage NPage NPage NPage NPage NPage
	expected is_at_end || fail "that is not the end: $(printf '%s\n' "${SCREEN[@]}")"
	press PPage PPage PPage PPage PPage PPage
	assert_rows "$FIRST"
}

# The last line stays: what has no record of its own.
is_at_end()
{
	rows
	[ "${#ROWS[@]}" = 0 ] && printf '%s\n' "${SCREEN[@]}" | grep -q '^other '
}

filter()
{
	press / "$S:103"
	assert_shows "^/$S:103\$"
	assert_rows $((FIRST + 30)) "$LAST"
	press 9
	assert_rows "$LAST" "$LAST"
	press BSpace
	assert_rows $((FIRST + 30)) "$LAST"
	press q				# a letter of the filter, not a key
	expected shows '^/.*:103q$' || fail "it is gone"
	press BSpace Enter
	assert_rows $((FIRST + 30)) "$LAST"
	assert_shows "only $S:103 "
	press / Enter
	assert_rows "$FIRST"
}

# Of a line there is no more than fits, and a smaller window has fewer of them.
size()
{
	in_terminal resize-window -x 40 -y 12
	expected fits 40 12 || fail "it does not fit: $(printf '%s\n' "${SCREEN[@]}")"
	in_terminal resize-window -x 160 -y 60
	assert_rows "$FIRST" "$LAST"
	expected fits 160 60 || fail "it does not fit: $(printf '%s\n' "${SCREEN[@]}")"
	in_terminal resize-window -x 1 -y 1
	in_terminal resize-window -x 120 -y 30
	assert_rows "$FIRST"
}

# fits COLUMNS LINES: it begins as it should, and has what there is room for.
fits()
{
	local i

	rows
	[ ${#SCREEN[@]} -le "$2" ] || return 1
	for ((i = 0; i < ${#SCREEN[@]}; i++)); do
		[ "${#SCREEN[i]}" -le "$1" ] || return 1
	done
	[ "${SCREEN[0]:0:12}" = "tcpshake top" ] && [ "${#ROWS[@]}" -gt 0 ]
}

quit()
{
	press q
	left 0
	starts
	press C-c
	left 0
	starts --count 3
	left 0
}

# By a signal it ends as by a key.
killed()
{
	starts
	pkill -TERM -f "^$READER top"
	left 0
}

module_goes()
{
	starts
	unload_module || fail "it cannot be unloaded while somebody looks"
	assert_shows "^tcpshake: .*tcpshake"	# what is missing, on a line of its own
	left 1
	press "$READER top" Enter
	assert_shows "^tcpshake: "
	press "clear" Enter
	load_module
}

no_screen()
{
	local said

	said=$(tcpshake "$SERVER" top </dev/null 2>&1)
	equal "status without a terminal" $? 1
	matches "without a terminal" "$said" "*needs a terminal; --batch does without*"
	press "TERM=nonsense $READER top; echo status=\$?" Enter
	assert_shows "does not know this terminal \(TERM\)"
	left 1
}

# attempts: the first service has as many as there are services, each one fewer.
attempts()
{
	local i

	for ((i = SERVICES; i > 0; i--)); do
		in_ns "$CLIENT" "$SELFTESTS/traffic" flood "$S" "$FIRST" --from 192.0.2.1/32 \
			--ports "$i" --count "$i" --rate 100000 >/dev/null || bail "no SYNs"
	done
	assert_stat "$SERVER" attempts $((SERVICES * (SERVICES + 1) / 2))
}

TESTS=(screen scrolling filter size quit killed no_screen identities module_goes)

need_root_and tmux pkill stty
load_module
setup_pair
observe "$SERVER"
attempts
open_terminal
run_tests
