#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# `utnt fleet replay`: ten events on five sealed nodes over OpenSSH, under both tenders and both policies; each becomes exactly one
# result, all find the same hidden tunnel of three routers, a simulated queue with the measured service times agrees, and nothing
# is left behind.
# shellcheck source=tests/cli/fleet_replay.inc
source "$(dirname "${BASH_SOURCE[0]}")/fleet_replay.inc"
[[ -r $images/utnt-process ]] || skip "the image was not built"

# What is wrong is said before anything starts; root is asked for.
[[ $(status_of "$UTNT" fleet replay --events nowhere) == 2 ]] || fail "no such list: $(cat err)"
[[ $(status_of "$UTNT" fleet replay --policy lottery) == 2 ]] || fail "no such policy"
[[ $(status_of "$UTNT" fleet replay --cold --warm) == 2 ]] || fail "cold and warm"
echo 'schedule */5 * * * *' >schedule.txt
[[ $(status_of "$UTNT" fleet replay --events schedule.txt) == 2 ]] || fail "a schedule: $(cat err)"
echo 'a second' >words.txt
[[ $(status_of "$UTNT" fleet replay --events words.txt) == 2 ]] || fail "no list: $(cat err)"
: >a_file
for out in a_file a_file/below; do
  [[ $(status_of "$UTNT" fleet replay --out "$out") == 4 ]] || fail "--out $out: $(cat err)"
  grep -q -- "--out $out: .*nothing was started" err || fail "--out $out: $(cat err)"
done
if ((EUID != 0)); then
  [[ $(status_of "$UTNT" fleet replay) == 3 ]] || fail "without root: $(cat err)"
  skip "sealed nodes with sshd need root"
fi
[[ $(status_of setpriv --reuid 65534 --regid 65534 --clear-groups "$UTNT" fleet replay) == 3 ]] || fail "without root: $(cat err)"

# Under wait, so that a machine that is busy with other things refuses nothing.
replay process --policy wait --limit 10 --out files
all_of process 10
# The moments of one deployment stand in order on one clock.
jq -se '[.[] | select(.type == "deployment") | .at_ns | [.due, .accepted, .received, .verified, .spawned, .first_probe, .first_reply,
  .last_record, .stored]] | all(. == sort)' process.json >/dev/null || fail "moments out of order: $(head -2 process.json)"
[[ $(wc -l <files/deployments.csv) == 11 && $(wc -l <files/runs.csv) == 2 ]] || fail "CSV: $(ls -l files)"
if command -v gnuplot >/dev/null; then
  for figure in total cumulative accepted; do grep -q '</svg>' "files/$figure.svg" || fail "$figure.svg"; done
fi
if command -v qemu-system-x86_64 >/dev/null; then
  replay qemu --tender qemu --policy wait --limit 10
  all_of qemu 10
  [[ $(answer qemu) == "$(answer process)" ]] || fail "the tenders found different things"
fi

# Too many events at once: under discard some are refused, about as many as the simulated queue
# refuses (within 2 in the mean of thirty runs, says the benchmark; this is one, on any machine); under wait none is.
echo 'rate 25/s for 2s' >busy.txt
replay busy --events busy.txt
jq -se 'last | .refused > 0 and .answers == 1 and (.accepted_per_run - .forecast_per_run | fabs) <= 5' busy.json >/dev/null ||
  fail "discard: $(tail -1 busy.json)"
replay waiting --policy wait --events busy.txt
all_of waiting 50
jq -se 'last | .refused == 0 and .wait_mean_ms > 100' waiting.json >/dev/null || fail "wait: $(tail -1 waiting.json)"

# New nodes, two runs: agent and image come over the slow link each time.
replay cold --cold --policy wait --runs 2 --limit 2 --nodes 2
all_of cold 4
jq -se '[.[] | select(.type == "connected")] | length == 2 and all(.seconds > 0.5)' cold.json >/dev/null || fail "cold: $(head -1 cold.json)"
jq -se '[.[] | select(.type == "run") | [.run, .done, .events]] == [[1, 2, 2], [2, 2, 2]]' cold.json >/dev/null || fail "progress: $(cat cold.json)"

# In parts: what is there is counted and not played again; what is of another kind is not counted with it.
[[ $(status_of "$UTNT" fleet replay --out files --continue --policy discard --limit 10) == 2 ]] || fail "another policy's runs: $(cat err)"
grep -q 'policy is not "discard"' err || fail "what differs is not said: $(cat err)"
[[ $(status_of "$UTNT" fleet replay --out files --continue --policy wait --limit 9) == 2 ]] || fail "another list's runs: $(cat err)"
timeout 150 "$UTNT" fleet replay --json --out files --continue --policy wait --runs 2 --limit 10 >parts.json 2>err || (($? == 1)) || fail "the second part: $(cat err)"
all_of parts 20
[[ $(cut -d, -f1 files/deployments.csv | sort | uniq -c | awk '$2 != "run" { print $1 ":" $2 }' | xargs) == "10:1 10:2" ]] || fail "the parts: $(cat files/deployments.csv)"
[[ $(jq -s '[.[] | select(.type == "deployment")] | length' parts.json) == 10 ]] || fail "the first run was played again"

interrupt
echo "passed: $(jq -c 'select(.type == "summary") | {total_ms, first_probe_ms}' process.json)"
