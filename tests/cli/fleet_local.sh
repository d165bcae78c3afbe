#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# `utnt fleet` with this machine as its node and the lab over its Unix port: an event becomes a result in the store, what is
# killed on the way loses nothing, nothing runs or counts twice, and every refusal says why.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need_agent
cd "$work" || exit
export XDG_STATE_HOME=$work/state
mkdir state
spool=$work/state/utnt-fleet/spool-localhost
agent_pid() { cat "$spool/agent.lock"; }
trap 'end_agent; end' EXIT
# fleet WORDS...: bounded, output in out and err, exit code in $code.
fleet() {
  code=0
  timeout 60 "$UTNT" fleet "$@" >out 2>err </dev/null || code=$?
}
expect() { [[ $code == "$1" ]] || fail "$2: exit $code, $(cat err out)"; }
jobs_in() { "$UTNT" fleet ls --json --state "$1" --limit 100000 | wc -l; }
fail() { echo "FAILED: $*" >&2; tail -5 "$spool/agent.log" >&2 2>/dev/null; exit 1; }
spool_is_empty() { [[ -z $(find "$spool/jobs" "$spool/results" -mindepth 1) ]] || fail "$1: the spool holds $(ls -R "$spool")"; }

lab_up php --unix "$work/port"
"$UTNT" trace --emulate php --seed 1 -q 20.0.8.2 -o expected.jsonl 2>err || fail "trace --emulate: $(cat err)"

# One event, one result, and nothing is left on the node.
fleet run 20.0.8.2 --pps 500 --campaign first
expect 0 "one event"
grep -q '1 events: 1 jobs accepted, 0 known before, 1 done' err || fail "the summary: $(cat err)"
spool_is_empty "one event"
fleet export -o first.jsonl
expect 0 export
# The gateway lies on the node's own network, whose addresses no run may ping.
plain expected.jsonl | grep -v '"type":"tunnel"' | sed 's/20.0.1.2 TIME  <255,255>/20.0.1.2 TIME  <255,*>/' >expected
plain first.jsonl | grep -v '"type":"tunnel"' >got
grep -q 'invisible tunnel (PHP)' got || fail "no tunnel in the store: $(cat got)"
diff expected got >difference || fail "the store says otherwise than utnt trace: $(head -5 difference)"
job=$("$UTNT" fleet ls --limit 1 | cut -c1-12)
fleet explain "$job"
expect 0 explain
for word in 'nodes that may run it: localhost' 'running on localhost' 'done on localhost' 'first_probe'; do
  grep -q "$word" out || fail "explain lacks '$word': $(cat out)"
done

# The same campaign again is the same jobs; another list under its name is refused.
fleet run 20.0.8.2 --pps 500 --campaign first
expect 0 "the same again"
[[ $(jobs_in "done") == 1 ]] || fail "an event ran twice: $(jobs_in "done") jobs"
fleet run 20.0.5.2 --campaign first
expect 1 "another list under the same name"

# Several at once under discard: one slot takes one, the others are refused at once.
printf '0 targets=20.0.8.2\n0 targets=20.0.8.2\n0 targets=20.0.8.2\n' >three
fleet run --events three --policy discard --pps 50 --campaign busy
expect 1 discard
[[ $(jobs_in refused) == 2 && $(jobs_in "done") == 2 ]] || fail "discard: $(cat err)"
fleet ls --state refused
[[ $(grep -c 'busy' out) == 2 ]] || fail "the reason is not told: $(cat out)"
# Under wait all of them run.
fleet run --events three --pps 500 --campaign queue --slots 2
expect 0 wait
[[ $(jobs_in "done") == 5 ]] || fail "wait: $(cat err)"

# The agent is killed in the middle of a run: the job runs again.
"$UTNT" fleet run 20.0.8.2 --pps 10 --campaign agent >out 2>agent.err </dev/null &
controller=$!
until_true grep -q 'running on localhost' agent.err
kill -9 "$(agent_pid)"
wait "$controller" || fail "agent killed: $(cat agent.err)"
grep -q 'done on localhost (attempt 2)' agent.err || fail "agent killed: $(cat agent.err)"
spool_is_empty "agent killed"

# The controller is killed in the middle of a run: the agent goes on, the next controller collects.
"$UTNT" fleet run 20.0.8.2 --pps 10 --campaign controller >out 2>controller.err </dev/null &
controller=$!
until_true grep -q 'running on localhost' controller.err
kill -9 "$controller"
wait "$controller" 2>/dev/null || true
has_result() { [[ -n $(ls -A "$spool/results") ]]; }
until_true has_result
fleet run --stdin
expect 0 "the next controller"
[[ $(jobs_in "done") == 7 && $("$UTNT" fleet results --campaign controller | wc -l) == 1 ]] || fail "controller killed: $(cat err)"
spool_is_empty "controller killed"

# A second controller is refused; the first one takes triggers and commands.
"$UTNT" fleet run --stay --slots 4 --pps 2 >stay.out 2>stay.err </dev/null &
controller=$!
control=$work/state/utnt-fleet/control.sock
until_true test -S "$control"
[[ $(stat -c %a "$control") == 600 ]] || fail "the control socket is open to others"
fleet run 20.0.8.2
expect 4 "a second controller"
until_true grep -q 'node localhost: connected' stay.err
python3 - "$control" <<'PYTHON' >answers || fail "the control socket does not answer"
import socket, sys
client = socket.socket(socket.AF_UNIX)
client.connect(sys.argv[1])
client.settimeout(10)
for line in (b'{"targets":["20.0.8.2"]}\n', b'{"targets":[]}\n', b'{"targets":["20.0.8.2"],"colour":1}\n', b'{"targets":["10.0.0.1"]}\n'):
    client.sendall(line)
    print(client.recv(4096).decode().strip())
PYTHON
grep -q '^event 1 of ' answers || fail "a trigger: $(cat answers)"
[[ $(grep -c '^refused: ' answers) == 2 ]] || fail "bad triggers: $(cat answers)"
until_true grep -q 'forbidden target' stay.err
until_true grep -q 'event 1, running on localhost' stay.err
fleet stop
expect 0 stop
until_true grep -qE 'event 1, (failed|cancelled) on localhost: stopped' stay.err
kill -TERM "$controller"
wait "$controller" || true

# Prefixes that no node may probe.
echo '20.0.8.0/24 # asked for by its owner' >blocked
fleet block-list blocked
expect 0 block-list
fleet run 20.0.8.2 --campaign blocked
expect 1 "a blocked destination"
grep -q 'refused.*forbidden target' err || fail "a blocked destination was probed: $(cat err)"

# Bad input.
fleet run
expect 2 "no destination"
fleet run 20.0.8.2 --image nosuch
expect 2 "an unknown image"
printf '1 targets=20.0.8.2\n2 colour=red\n' >bad
fleet run --events bad
expect 2 "a bad event list"
grep -q 'bad:2: ' err || fail "file and line are not named: $(cat err)"
printf '[[node]]\nname = "a"\nhost = "a"\nport = 0\n' >bad.toml
fleet run 20.0.8.2 --inventory bad.toml
expect 2 "a bad inventory"
grep -q 'bad.toml:' err || fail "the inventory is not named: $(cat err)"
fleet show 0000
expect 2 "no such job"

# The books.
fleet audit
expect 0 audit
grep -q 'the ledger does not balance' out && fail "$(cat out)"
echo "fleet on this machine: $(jobs_in "done") done, nothing lost, nothing twice"
