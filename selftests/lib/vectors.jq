# SPDX-License-Identifier: GPL-2.0
#
# What came of vectors, held against what they expect. From each object
#	{ name, family, exact, want, got }
# with want as vector.c writes it and got of the same shape, a line: name, family,
# a tab, and what differs, nothing if all is as it should be. exact: durations are
# those of the vector; else only whether they are known is compared.

def sorted: if type == "array" then sort else . end;

def differs($what; $got; $want):
	if ($got | sorted) == ($want | sorted) then empty
	else "\($what) is \($got | tojson), not \($want | tojson)" end;

# Members of want; got may have more.
def members($what; $got; $want):
	$want | keys_unsorted[] as $key |
	differs("\($what) \($key)"; $got[$key]; $want[$key]);

# Counters: what is not wanted is 0, and what there is no such counter of is an error.
def counters($what; $got; $want):
	(($want | keys_unsorted) - ($got | keys_unsorted) | .[] | "there is no \($what) \(.)"),
	($got | keys_unsorted[] as $key |
	 differs("\($what) \($key)"; $got[$key]; $want[$key] // 0));

def usual: { flags: [], unreachable: null, syn_count: 1 };

def known($exact):
	if $exact then . else
		with_entries(if .key | endswith("_us") then .value |= (. != null) else . end)
	end;

def attempt($number; $exact; $got; $want):
	if $got == null then "attempt \($number) is missing"
	elif $want == null then "attempt \($number) is one too many: \($got | tojson)"
	else
		members("attempt \($number)"; $got | known($exact);
			usual + $want | del(.negotiated) | known($exact)),
		if $want.negotiated == null then empty
		elif $got.negotiated == null then "attempt \($number) has nothing negotiated"
		else members("attempt \($number)"; $got.negotiated; $want.negotiated) end
	end;

# The counters of outcomes say the same as the list.
def by_outcome: reduce .[].outcome as $outcome ({}; .[$outcome] += 1);

def all_attempts($exact; $got; $want):
	range([$got, $want] | map(length) | max) |
	attempt(. + 1; $exact; $got[.]; $want[.]);

def differences:
	. as { exact: $exact, want: $want, got: $got } |
	differs("number of packets"; $got.packets; $want.packets),
	differs("sum of exits"; $got.exits | add; $want.packets),
	differs("number of attempts"; $got.attempt_count; $want.attempts | length),
	all_attempts($exact; $got.attempts; $want.attempts),
	counters("outcome"; $got.outcomes; $want.attempts | by_outcome),
	counters("anomaly"; $got.anomalies; $want.anomalies),
	counters("stat"; $got.stats; $want.stats),
	if $want.exits == null then empty
	else counters("exit"; $got.exits; $want.exits) end,
	($want.near_misses[] | select($want.anomalies[.] != null) |
	 "\(.) is expected and not expected"),
	($want.near_misses - ($got.anomalies | keys_unsorted) | .[] |
	 "there is no anomaly \(.)");

"\(.name) \(.family)\t\([differences] | join("; "))"
