#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# What `utnt fleet run` shows: a table that rewrites itself on a terminal, plain lines elsewhere, JSON lines when asked.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need_agent
need script
cd "$work" || exit
export XDG_STATE_HOME=$work/state
mkdir state
stop() {
  local lock=$work/state/utnt-fleet/spool-localhost/agent.lock
  [[ -e $lock ]] && kill "$(cat "$lock")" 2>/dev/null || true
}
trap 'stop; end' EXIT
lab_up php --unix "$work/port"
network=(--net "unix:$work/port" --ip 20.0.1.1/30 --gateway 20.0.1.2)
escape=$'\x1b'

# A terminal of 100 columns and 12 rows: no line is longer, and what is taken back is never more than fits.
events=$work/four.events
printf '0\n0.4\n0.8\n1.2\n' >"$events"
on_terminal() {
  TERM=$1 timeout 60 script -qec "stty cols 100 rows 12; $(printf '%q ' "$UTNT" fleet run 20.0.8.2 "${network[@]}" --events "$events" --campaign "$2")" \
    /dev/null >"$2.tty" </dev/null || fail "on a terminal: $(cat "$2.tty")"
}
on_terminal xterm table
grep -q "^node  *state  *slots  *done" table.tty || fail "no table: $(cat table.tty)"
[[ $(grep -cE "$escape\[[0-9]+A$escape\[J" table.tty) -ge 3 ]] || fail "the table does not rewrite itself"
grep -oE "$escape\[[0-9]+A" table.tty | tr -dc '0-9\n' | while read -r up; do ((up <= 11)) || fail "$up lines taken back"; done
tr -d '\r' <table.tty | sed -E "s/$escape\[[0-9]*[AJ]//g" >table.txt
! grep -qE '^.{100}' <(grep -v ' jobs accepted' table.txt) || fail "a line is wider than the terminal"
grep -qE 'localhost +up +[01]/1' table.txt || fail "no node: $(cat table.txt)"
grep -qE '4 jobs: 0 queued, 0 running, 4 done' table.txt || fail "the last table is not the end: $(tail -20 table.txt)"
tail -1 table.txt | grep -q '^4 events: 4 jobs accepted, .* 4 done' || fail "no summary: $(tail -1 table.txt)"

# A terminal that cannot move its cursor, and no terminal at all: lines.
on_terminal dumb dumb
! grep -q "$escape" dumb.tty || fail "escapes on a dumb terminal"
grep -q 'event 4, done on localhost' dumb.tty || fail "no lines: $(cat dumb.tty)"
"$UTNT" fleet run 20.0.8.2 "${network[@]}" --campaign lines >out 2>lines || fail "lines: $(cat lines)"
! grep -q "$escape" lines || fail "escapes in a file"
[[ ! -s out ]] || fail "standard output holds more than results: $(cat out)"
grep -q '^job [0-9a-f]*: event 1, done on localhost' lines || fail "no lines: $(cat lines)"

# JSON lines, on a terminal too.
"$UTNT" fleet run 20.0.8.2 "${network[@]}" --campaign json --json >json 2>err || fail "--json: $(cat err)"
while read -r line; do [[ $line == '{"type":"'*'}' ]] || fail "no JSON line: $line"; done <json
tail -1 json | grep -q '^{"type":"summary".*"accepted":1,.*"done":1' || fail "no summary: $(tail -1 json)"
echo passed
