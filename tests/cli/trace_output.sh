#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Where results, progress and errors go: streams, files, formats, failures of writing, interruption.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"

run trace --emulate php
expect 0 "text on standard output"
says out "20.0.2.2 -> 20.0.6.2" "text on standard output"
says err "1 of 1 destinations" "text on standard output"
lacks out "utnt trace:" "progress stays off standard output"

run trace --emulate php --quiet
is_empty err "--quiet"
run trace --emulate php -o - --format jsonl --json
expect 0 "--json"
lacks out '"progress"' "--json"
grep -qv '^{"type":"\(progress\|summary\|warning\)".*}$' err && fail "--json: a line on standard error is no JSON"
says err '"type":"summary"' "--json"
cp out piped.jsonl
valid_jsonl piped.jsonl "JSON Lines on standard output"

run trace --emulate php -o kept.jsonl
expect 0 "new file"
is_empty out "results in a file"
cp kept.jsonl copy
run trace --emulate php -o kept.jsonl
expect 2 "existing file"
for option in --append --force --checkpoint; do says err "$option" "existing file"; done
cmp -s kept.jsonl copy || fail "a refused run changed the file"
run trace --emulate php -o kept.jsonl --append
expect 0 "--append"
[[ $(grep -c '"type":"run"' kept.jsonl) -eq 2 ]] || fail "--append: not two runs"
cmp -s -n "$(stat -c %s copy)" kept.jsonl copy || fail "--append changed what was there"
run trace --emulate php -o kept.jsonl --force --seed 7
expect 0 "--force"
valid_jsonl kept.jsonl "--force"
[[ $(grep -c '"type":"run"' kept.jsonl) -eq 1 ]] || fail "--force: not one run"

run trace --emulate php -o again.jsonl --seed 7
cmp -s kept.jsonl again.jsonl || fail "the same seed gives other results"
run trace --emulate php -o other.jsonl --seed 8
cmp -s kept.jsonl other.jsonl && fail "another seed gives the same bytes"

run trace --emulate php -o out.txt
grep -q '^{' out.txt && fail "a file called .txt holds JSON"
run trace --emulate php -o out.warts
expect 0 "warts"
[[ -s out.warts.tunnels.jsonl ]] || fail "warts: no tunnels beside it"
run dump out.warts
expect 0 "dump of warts"
says out "20.0.6.2" "dump of warts"

run trace --emulate php -o /dev/full
expect 4 "full device"
says err "No space left on device" "full device"
run trace --emulate php -o missing/out.jsonl
expect 4 "missing directory"
says err "missing/out.jsonl" "missing directory"
# Root may write anywhere, so it asks as somebody else.
mkdir -m 555 locked
if [[ $(id -u) -eq 0 ]]; then
  chmod 755 . && cp "$utnt" program && chmod 755 program
  setpriv --reuid=65534 --regid=65534 --clear-groups ./program trace --emulate php -o locked/out.jsonl >out 2>err </dev/null
  code=$?
else
  run trace --emulate php -o locked/out.jsonl
fi
expect 3 "directory without permission"
says err "locked/out.jsonl" "directory without permission"
ln -s /dev/full full.warts
run trace --emulate php -o full.warts
expect 4 "full device, warts"
"$utnt" trace --emulate php >&- 2>err
code=$?
expect 4 "standard output closed"
addresses 5000 >five_thousand
("$utnt" trace --emulate php -f five_thousand --pps 0 2>err; echo $? >pipe_code) | head -n 3 >/dev/null
code=$(cat pipe_code)
expect 4 "closed pipe"
says err "Broken pipe" "closed pipe"
(
  ulimit -f 200
  "$utnt" trace --emulate php -f five_thousand --pps 0 -o limited.jsonl 2>err
  echo $? >limit_code
)
code=$(cat limit_code)
expect 4 "file that may not grow"
valid_jsonl limited.jsonl "file that may not grow"

# An interruption while probes leave. (SIGINT is ignored by what a script runs in the background: SIGTERM it is.)
addresses 400000 >long
"$utnt" trace --emulate php -f long --pps 0 -o stopped.jsonl >out 2>err &
child=$!
for _ in $(seq 600); do
  [[ $(stat -c %s stopped.jsonl 2>/dev/null || echo 0) -gt 50000 ]] && break
  sleep 0.05
done
began=$(date +%s%N)
kill -TERM $child
wait $child
code=$?
elapsed_ms=$((($(date +%s%N) - began) / 1000000))
expect 130 "SIGTERM"
# Probing stops within 100 ms; the program then writes out what it has, on a machine that may be busy.
[[ $elapsed_ms -lt 3000 ]] || fail "SIGTERM: ended only after $elapsed_ms ms"
says err "interrupted" "SIGTERM"
valid_jsonl stopped.jsonl "SIGTERM"
tail -n 1 stopped.jsonl | grep -q '"type":"summary".*"interrupted":true' || fail "SIGTERM: no summary that says so"

# Ctrl-C at any moment, as `timeout` sends it: also while the list is still being read.
for seconds in 0.1 0.5 1; do
  timeout --preserve-status -s INT $seconds "$utnt" trace --emulate php -f long --pps 0 -o interrupted.jsonl --force >out 2>err
  code=$?
  expect 130 "SIGINT after $seconds s"
  [[ ! -s interrupted.jsonl ]] || valid_jsonl interrupted.jsonl "SIGINT after $seconds s"
done

# The live line, on a terminal only.
addresses 30000 >thirty_thousand
if command -v script >/dev/null; then
  script -qec "'$utnt' trace --emulate php -f thirty_thousand --pps 0 -o live.jsonl" /dev/null >terminal </dev/null 2>err
  code=$?
  expect 0 "on a terminal"
  for text in "/30000 traces" "pps" "replies" "unanswered" "tunnels" "left"; do says terminal "$text" "on a terminal"; done
fi
timeout --preserve-status -s INT 5 "$utnt" trace --emulate php -f thirty_thousand --pps 0 --json -o json.jsonl >out 2>err
says err '"type":"progress"' "--json"
grep -m 1 '"type":"progress"' err | grep -q '"traces":[0-9]*,"traces_total":30000,"pps":.*"replies":.*"seconds_left":' ||
  fail "--json: progress lacks a field"

finish
