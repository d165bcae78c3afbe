#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# `utnt run` under the process tender, against labs over their Unix port, without privileges: every class of tunnel comes out
# as `utnt trace` shows it in virtual time, thousands of destinations go in as one module, and whatever ends the image,
# finished results stay readable and nothing is left behind.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
[[ -x $(dirname "$UTNT")/utnt-tender ]] || skip "utnt-tender was not built"
[[ -r $(dirname "$UTNT")/../image/utnt-process ]] || skip "the image was not built"
cd "$work" || exit

# Every scenario, both rule sets: the same traces, marks and tunnels as in virtual time.
mapfile -t scenarios < <(comparable_scenarios)
run_sees_as_trace process "${scenarios[@]}"

# The three formats, standard output, and the same command line as `utnt trace`.
lab_up php --unix "$work/port"
"$UTNT" run 20.0.8.2 >text 2>err || fail "text: $(cat err)"
grep -q '^  invisible tunnel (PHP) 20.0.2.2 -> 20.0.6.2: 3 hidden routers' text || fail "the tunnel is not in the text"
"$UTNT" run 20.0.8.2 -o one.warts -q || fail "warts"
[[ -s one.warts && -s one.warts.tunnels.jsonl ]] || fail "no warts, or no tunnels beside it"
[[ $(status_of "$UTNT" run 20.0.8.2 -o one.warts) == 2 ]] || fail "an existing file was overwritten"
"$UTNT" run --json 20.0.8.2 -o json.jsonl 2>err || fail "--json: $(cat err)"
grep -q '"type":"instance","tender":"process".*"exit_code":0,"end":"exited","has_trailer":true' err || fail "no measurements: $(cat err)"
# The address, the gateway by ARP, and the socket by hand.
"$UTNT" run -q --net "unix:$work/port" --ip 20.0.1.1/30 --gateway 20.0.1.2 20.0.8.2 -o hand.jsonl 2>err || fail "by hand: $(cat err)"
grep -q '"class":"invisible_php"' hand.jsonl || fail "no tunnel when the gateway was asked for"
# A block list reaches the probes of every stage.
echo 20.0.6.2/32 >blocked
"$UTNT" run -q 20.0.8.2 --block-list blocked -o blocked.jsonl 2>err || fail "block list: $(cat err)"
grep '"type":"ping"' blocked.jsonl | grep -q '"address":"20.0.6.2"' && fail "a blocked address was pinged"

# What is wrong is said before anything starts.
[[ $(status_of "$UTNT" run --memory 1M 20.0.8.2) == 2 ]] || fail "--memory 1M"
[[ $(status_of "$UTNT" run --net unix:/nowhere 20.0.8.2) == 2 ]] || fail "no --ip: $(cat err)"
[[ $(status_of "$UTNT" run --net "unix:$work/none" --ip 20.0.1.1/30 --gateway 20.0.1.2 20.0.8.2) == 4 ]] || fail "no socket: $(cat "$work/err")"
[[ $(status_of "$UTNT" run --net lab:other 20.0.8.2) == 4 ]] || fail "no such lab"
head -c 5000 "$(dirname "$UTNT")/../image/utnt-process" >cut-image
[[ $(status_of "$UTNT" run --image cut-image 20.0.8.2) == 2 ]] || fail "a cut image: $(cat "$work/err")"
[[ $(status_of "$UTNT" run --image "$UTNT" 20.0.8.2) == 2 ]] || fail "another program as image: $(cat "$work/err")"
[[ $(status_of "$UTNT" run --image none 20.0.8.2) =~ ^[24]$ ]] || fail "no image: $(cat "$work/err")"
[[ $(status_of "$UTNT" run --address-cache 50000000 --memory 4M 20.0.8.2) == 4 ]] || fail "too little memory: $(cat "$work/err")"
grep -q 'do not fit into' "$work/err" || fail "too little memory: $(cat "$work/err")"
[[ $(status_of "$UTNT" run --time-limit 0.3 --pps 10 20.0.8.2 -o limit.jsonl) == 124 ]] || fail "time limit: $(cat "$work/err")"

# An image killed in mid-run: finished traces stay readable, the rest is called incomplete, the code is 124.
for i in $(seq 2 250); do echo "20.0.8.$i"; done >targets
campaign=("$UTNT" run -f targets --order input --timeout 100 --attempts 1 --prefix-pps 0 --near-pps 0 -o killed.jsonl
  --checkpoint killed.checkpoint)
"${campaign[@]}" --pps 300 --window 4 2>err &
run=$!
for _ in $(seq 200); do grep -q '"type":"trace"' killed.jsonl 2>/dev/null && break; sleep 0.05; done
image=$(pgrep -P "$run" | head -1 || true)
[[ -n $image ]] || fail "no image runs"
kill -9 "$image"
status=0
wait "$run" || status=$?
[[ $status == 124 ]] || fail "the image was killed: exit $status: $(cat err)"
"$UTNT" dump --format jsonl killed.jsonl >dumped || fail "the output of a killed image cannot be read"
[[ $(wc -l <dumped) == $(wc -l <killed.jsonl) ]] || fail "lines were lost"
before=$(grep -c '"type":"trace".*"stop":"completed"' killed.jsonl)
[[ $before -ge 1 ]] || fail "nothing was finished"
# The same command continues where it ended: every destination once in the end.
"${campaign[@]}" --pps 0 -q 2>err || fail "the rest: exit $?: $(cat err)"
grep '"type":"trace"' killed.jsonl | grep -oE '"user_id":[0-9]+' | sort | uniq -c >seen
[[ $(wc -l <seen) == 249 ]] || fail "$(wc -l <seen) of 249 destinations"
awk '$1 != 1 { exit 1 }' seen || fail "a destination is there twice"

# Stopped by a signal: valid output, 130, no process left.
"$UTNT" run -f targets --pps 50 -o interrupted.jsonl 2>err &
run=$!
for _ in $(seq 100); do image=$(pgrep -P "$run" | head -1 || true); [[ -n $image && -s interrupted.jsonl ]] && break; sleep 0.05; done
kill -TERM "$run"
status=0
wait "$run" || status=$?
[[ $status == 130 ]] || fail "interrupted: exit $status: $(cat err)"
"$UTNT" dump interrupted.jsonl >/dev/null || fail "the output of an interrupted run cannot be read"
[[ ! -d /proc/$image ]] || fail "the image survived"
"$UTNT" lab down >/dev/null

# Thousands of destinations: one module, little memory, each exactly once.
lab_up internet --unix "$work/port"
for i in $(seq 10000); do echo "$((30 + i % 50)).$((i / 256)).$((i % 256)).1"; done >many
timeout 200 "$UTNT" run -f many --memory 4M --pps 0 --prefix-pps 0 --near-pps 0 -q -o many.jsonl 2>err || fail "10,000: exit $?: $(cat err)"
grep '"type":"trace"' many.jsonl | grep -oE '"user_id":[0-9]+' | sort | uniq -c >seen
[[ $(wc -l <seen) == 10000 ]] || fail "$(wc -l <seen) of 10000 destinations"
awk '$1 != 1 { exit 1 }' seen || fail "a destination is there twice"
echo "passed: 10000 destinations, $(grep -c '"type":"tunnel"' many.jsonl) tunnels in 4 MiB"
