#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# What people get wrong: each time a message that says where and what was expected, the documented exit code, and a store that
# is as it was before.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need_agent
need python3
cd "$work" || exit
spool=$work/home/spool-localhost
listener=
controller=
trap 'end_agent; kill $listener $controller 2>/dev/null || true; end' EXIT
network=(--net "unix:$work/port" --ip 20.0.1.1/30 --gateway 20.0.1.2)
# refused CODE TEXT WHAT WORDS...: that exit code, that text in the message, nothing new in the ledger.
refused() {
  local wanted=$1 text=$2 what=$3 code=0
  shift 3
  timeout 60 "$UTNT" fleet "$@" --dir home >out 2>err </dev/null || code=$?
  [[ $code == "$wanted" ]] || fail "$what: exit $code instead of $wanted: $(cat err out)"
  grep -qF -- "$text" err || fail "$what: the message lacks '$text': $(cat err)"
  [[ ! -e home/fleet.db ]] || [[ $("$UTNT" fleet ls --dir home --json --limit 1000 2>/dev/null | wc -l) == "${jobs:-0}" ]] ||
    fail "$what: the ledger has changed"
}
run() { "$UTNT" fleet run "$@" "${network[@]}" --dir home; }
lab_up php --unix "$work/port"

# Lists of events: file, line, field, what was expected, what was found.
: >empty
printf '# nothing\n\n' >comments
printf '1 targets=20.0.8.2\n2 targets=20.0.8.300\n' >address
printf '5 targets=20.0.8.2\n4 targets=20.0.8.2\n' >backwards
printf '1 targets=20.0.8.2 start-by=10 finish-by=5\n' >deadlines
printf 'expect 3\n1 targets=20.0.8.2\n' >short
printf '1 targets=20.0.8.2 nodes="tag:eu and"\n' >selection
head -c 3000 /dev/urandom >noise
refused 2 'empty: list: expected at least one event' 'an empty list' run --events empty
refused 2 'comments: list: expected at least one event' 'a list of comments' run --events comments
refused 2 'address:2: targets: expected addresses' 'a bad address' run --events address
refused 2 'backwards:2: time: expected one not before the line above' 'times that go back' run --events backwards
refused 2 'deadlines:1: finish-by: expected a time after start-by' 'deadlines that contradict each other' run --events deadlines
refused 2 'short:1: expect: expected 3 events' 'a list that is not whole' run --events short
refused 2 "selection:1: nodes 'tag:eu and': column 11: expected" 'a bad selection' run --events selection
refused 2 'noise:' 'no list at all' run --events noise
refused 2 'nowhere' 'a list that is not there' run --events nowhere

# Nodes.
printf '[[node]]\nname = "a"\nhost = "localhost"\n\n[[node]]\nname = "a"\nhost = "192.0.2.1"\n' >twice.toml
refused 2 'twice.toml:5: name: expected every node once' 'a node that is there twice' run 20.0.8.2 --inventory twice.toml
printf '[[node]]\nname = "a"\nhost = "localhost"\nslot = 3\n' >unknown.toml
refused 2 'unknown.toml:4: field: expected name, host' 'a field that nobody knows' run 20.0.8.2 --inventory unknown.toml
: >none.toml
refused 2 'none.toml:' 'an inventory without nodes' run 20.0.8.2 --inventory none.toml
printf 'host,user,key\n192.0.2.1,me,\n192.0.2.1,you,\n' >twice.csv
refused 2 'twice.csv:3: ' 'a host that is there twice' run 20.0.8.2 --inventory twice.csv
refused 2 'no node is called elsewhere' 'a node that is not there' run 20.0.8.2 "${network[@]}" --nodes elsewhere

# A node that cannot be reached is waited for, up to a limit; one whose key nobody pinned is not, nor is one that is not enrolled.
if command -v ssh >/dev/null; then
  printf '[[node]]\nname = "far"\nhost = "127.0.0.1"\nport = 9\n' >far.toml
  run 20.0.8.2 --inventory far.toml --give-up-after 1s --json >out 2>err && fail "a node that cannot be reached" || code=$?
  [[ $code == 4 ]] || fail "a node that cannot be reached: exit $code: $(cat out err)"
  grep -q '"node":"far","state":"down","why":"it cannot be reached.*"tries":1,"next_try_s":0' out || fail "not told when it is tried again: $(cat out)"
  grep -q '"node":"far","state":"given up","why":"it cannot be reached.*(for 1' out || fail "not told that it is given up: $(cat out)"
  grep -q '"state":"refused".*"reason":"no node","detail":"far: it cannot be reached' out || fail "its job: $(cat out)"
  SECONDS=0
  run 20.0.8.2 --inventory far.toml --campaign dated --events <(echo '0 finish-by=1s') --json >out 2>err && fail "a deadline" || code=$?
  ((SECONDS < 30)) || fail "a deadline: it took $SECONDS s"
  grep -q '"state":"expired"' out || fail "a deadline of an event for a node that cannot be reached: $(cat out)"
fi
printf '[[node]]\nname = "near"\ntransport = "local"\n[[node]]\nname = "far"\nhost = "127.0.0.1"\nport = 9\n' >near.toml
code=0
timeout 60 "$UTNT" fleet run 20.0.8.2 --inventory near.toml --nodes near --dir home --json >out 2>err </dev/null || code=$?
grep -q '"node":"near","state":"given up","why":"it is not enrolled' out || fail "a node that is not enrolled: exit $code: $(cat out)"
[[ $code == 1 ]] || fail "one node of two is given up: exit $code: $(cat out)"
kill "$(cat home/spool-near/agent.lock)"
jobs=$("$UTNT" fleet ls --dir home --json --limit 1000 | wc -l)
refused 2 '--give-up-after' 'a time that is none' run 20.0.8.2 --give-up-after soon

# Policies.
refused 2 'policy' 'no policy' run 20.0.8.2 --policy lottery
refused 2 'policy' 'two policies' run 20.0.8.2 --policy wait --policy discard
run 20.0.8.2 --campaign first --policy discard --pps 500 >out 2>err || fail "a run: $(cat err)"
jobs=$((jobs + 1))
refused 2 'campaign first was started with --policy discard' 'another policy for a campaign' run 20.0.8.2 --campaign first "${network[@]}"
refused 1 'campaign first was started with another list' 'another list for a campaign' run 20.0.5.2 --campaign first "${network[@]}"

# The port of somebody else.
python3 -c 'import socket,time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); print(s.getsockname()[1], flush=True); time.sleep(60)' >number &
listener=$!
for _ in {1..100}; do [[ -s number ]] && break; sleep 0.05; done
refused 4 "$(cat number)" 'a port that is taken' run --stay "${network[@]}" --http "$(cat number)"

# The store of somebody else, of a program that holds it, of a newer version; no store at all.
"$UTNT" fleet run 20.0.8.2 --stay "${network[@]}" --dir home >stay.out 2>stay.err </dev/null &
controller=$!
for _ in {1..200}; do grep -q 'connected' stay.err && break; sleep 0.05; done
refused 4 "another controller (process $controller) has it open" 'a second controller' run 20.0.8.2 "${network[@]}"
kill -TERM "$controller"
wait "$controller" || true
python3 - <<'PYTHON' &
import sqlite3, time
store = sqlite3.connect("home/fleet.db", isolation_level=None)
store.execute("BEGIN EXCLUSIVE")
open("held", "w").close()
time.sleep(20)
PYTHON
holder=$!
for _ in {1..100}; do [[ -e held ]] && break; sleep 0.05; done
code=0
timeout 60 "$UTNT" fleet run 20.0.8.2 "${network[@]}" --dir home >out 2>err </dev/null || code=$?
kill "$holder"
wait "$holder" 2>/dev/null || true
[[ $code == 4 ]] || fail "a store that another program holds: exit $code: $(cat err)"
refused 2 'no job' 'a job that is not there' show ffff
version=$(python3 -c 'import sqlite3; print(sqlite3.connect("home/fleet.db").execute("PRAGMA user_version").fetchone()[0])')
python3 -c 'import sqlite3; sqlite3.connect("home/fleet.db").execute("PRAGMA user_version = 99")'
cp home/fleet.db before
for words in 'run 20.0.8.2' ls audit 'results' 'image list'; do
  code=0
  # shellcheck disable=SC2086
  timeout 60 "$UTNT" fleet $words --dir home >out 2>err </dev/null || code=$?
  [[ $code == 2 ]] || fail "fleet $words on a newer store: exit $code: $(cat err)"
  grep -q 'version 99' err || fail "fleet $words on a newer store: $(cat err)"
done
cmp -s before home/fleet.db || fail "a newer store was touched"
python3 -c "import sqlite3; sqlite3.connect('home/fleet.db').execute('PRAGMA user_version = $version')"
mkdir other
echo 'no database' >other/fleet.db
code=0
"$UTNT" fleet ls --dir other >out 2>err || code=$?
[[ $code == 2 ]] || fail "a file that is no store: exit $code: $(cat err)"
[[ $(cat other/fleet.db) == 'no database' ]] || fail "a file that is no store was written to"

# After all that the books are right.
timeout 60 "$UTNT" fleet audit --dir home >out 2>err || fail "audit: $(cat err)"
! grep -q 'does not balance' out || fail "$(cat out)"
[[ $("$UTNT" fleet ls --dir home --json --state "done" | wc -l) == 1 ]] || fail "what was done is not there any more"
echo "bad input: every message names its place, the job before is as it was"
