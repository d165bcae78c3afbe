#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The life of a lab: start, use, list, end; and everything a user can get wrong on the way.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

[[ $(status_of "$UTNT" lab exec -- true) == 4 ]] || fail "exec without a lab must be an environment error"
grep -q 'utnt lab up' "$work/err" || fail "the message must say how to start one: $(cat "$work/err")"
[[ $(status_of "$UTNT" lab down) == 4 ]] || fail "down without a lab must be an environment error"
[[ $(status_of "$UTNT" lab up no-such-scenario) == 2 ]] || fail "an unknown scenario is bad input"
grep -q 's07_php_brpr *.*php' "$work/err" || fail "an unknown scenario must list the known ones with aliases"
[[ $(status_of "$UTNT" lab up "$work/missing.toml") == 2 ]] || fail "a missing file is bad input"
printf 'chain = [\n' >"$work/broken.toml"
[[ $(status_of "$UTNT" lab up "$work/broken.toml") == 2 ]] || fail "a broken file is bad input"
grep -q 'broken.toml:[0-9]' "$work/err" || fail "the message must name file and line: $(cat "$work/err")"

lab_up php
[[ $(status_of "$UTNT" lab up php) == 2 ]] || fail "the same lab twice"
grep -q '^up: default' <<<"$("$UTNT" lab list)" || fail "the lab is not listed"
[[ $(status_of in_lab sh -c 'exit 7') == 7 ]] || fail "exec must pass the exit status on"
[[ $(status_of in_lab /no/such/program) == 127 ]] || fail "a missing program is 127"
[[ $(status_of in_lab /dev/null) == 126 ]] || fail "a file that is no program is 126"
interfaces=$(in_lab cat /proc/net/dev | sed -n 's/^ *\([^:]*\):.*/\1/p' | sort | paste -sd ' ')
[[ $interfaces == "lo utnt0" ]] || fail "interfaces inside: $interfaces"

if find "$XDG_RUNTIME_DIR" -type f ! -perm 600 | grep .; then fail "files that others can read"; fi
if find "$XDG_RUNTIME_DIR" -type d ! -perm 700 | grep .; then fail "directories that others can enter"; fi

# A second lab by name, from a file that is then edited: its truth stays.
cp "$here/../scenarios/s02_explicit.toml" "$work/mine.toml"
lab_up "$work/mine.toml" --name second
echo 'broken' >"$work/mine.toml"
"$UTNT" lab truth --name second 20.0.8.2 >"$work/out" || fail "truth of a lab from a file"
grep -q 'P1 .*LSR of tunnel 1 (explicit)' "$work/out" || fail "truth: $(cat "$work/out")"
grep -q '"class":"invisible_php"' <<<"$("$UTNT" lab truth --json)" || fail "truth as JSON"
[[ $(status_of "$UTNT" lab truth not-an-address) == 2 ]] || fail "truth about nonsense is bad input"
grep -q 'packets in' <<<"$("$UTNT" lab down --name second)" || fail "down must tell the counters"

# A server that dies leaves nothing that disturbs.
pid=$("$UTNT" lab list --json | sed -n 's/.*"type":"lab".*"pid":\([0-9]*\).*/\1/p')
kill -9 "$pid"
for _ in $(seq 100); do grep -q '^up:' <<<"$("$UTNT" lab list)" || break; sleep 0.05; done
[[ $(status_of "$UTNT" lab exec -- true) == 4 ]] || fail "a dead lab was entered"
lab_up php
"$UTNT" lab down >/dev/null

# The Unix port: a socket and no namespace.
lab_up php --unix "$work/port" --name wire
[[ -S $work/port ]] || fail "no socket"
[[ $(status_of "$UTNT" lab exec --name wire -- true) == 2 ]] || fail "exec in a lab without a namespace"
"$UTNT" lab down --name wire >/dev/null
[[ ! -e $work/port ]] || fail "the socket was left behind"
