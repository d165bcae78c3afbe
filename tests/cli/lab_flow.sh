#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Where routers balance, `lab score` judges a trace by the branch of its own flow, and `lab truth --flow` shows that branch.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"

# Two branches before the tunnel: each has an ingress of its own.
cat >branches.toml <<'TOML'
title = "two ingresses"
chain = ["VP", "CE1", "west-coast-provider-edge", "P1", "P2", "P3", "PE2", "CE2", "D"]
destinations = ["D"]
[[branch]]
path = ["CE1", "PEb", "P1"]
[as.core]
routers = ["west-coast-provider-edge", "PEb", "P1", "P2", "P3", "PE2"]
TOML

# judge SCENARIO METHOD: eight flows, each with its own truth; both branches are among them.
judge() {
  local scenario=$1 method=$2 flow ports branches
  : >seen
  for flow in 0 1 2 3 4 5 6 7; do
    run trace --emulate "$scenario" --seed 3 --method "$method" --flow $flow --format jsonl
    expect 0 "$scenario, flow $flow"
    cp out results.jsonl
    run lab score results.jsonl --scenario "$scenario" --seed 3 --json
    expect 0 "score of $scenario, flow $flow"
    grep '"class":"all"' out >all
    for fact in '"true":1' '"reported":1' '"found":1' '"lsrs_right":1'; do says all "$fact" "$scenario, $method, flow $flow"; done
    ports=$(grep -m 1 '"type":"trace"' results.jsonl | grep -oE '"source_port":[0-9]+,"destination_port":[0-9]+' | head -1 |
      sed 's/[^0-9,]//g; s/,/:/')
    run lab truth --scenario "$scenario" --seed 3 --method "$method" --flow "$ports"
    expect 0 "truth of flow $ports"
    # Routers that answered the trace, as the results have them, all stand on the path of that truth.
    grep -oE '20\.0\.[0-9]+\.2' out | sort -u >true_path
    grep '"type":"tunnel"' results.jsonl | grep -oE '"(ingress|egress|address)":"20\.[0-9.]+"' | grep -oE '20\.[0-9.]+' | sort -u |
      comm -23 - true_path >elsewhere
    is_empty elsewhere "$scenario, $method, flow $flow: routers of the tunnel off the true path"
    grep -E 'ingress|LSR' out | sed 's/^ *[0-9]* *//' | paste -sd ' ' >>seen
  done
  branches=$(sort -u seen | wc -l)
  [[ $branches -eq 2 ]] || fail "$scenario, $method: $branches branches in eight flows"
}
judge branches.toml icmp-paris
judge branches.toml udp-paris
judge s42_per_flow icmp-paris

# A long name keeps its distance.
run lab truth --scenario branches.toml --seed 3 --flow 1:1
cp out truths
run lab truth --scenario branches.toml --seed 3 --flow 2:1
cat out >>truths
for id in 3 4 5 6 7 8 9; do "$utnt" lab truth --scenario branches.toml --seed 3 --flow $id:1 >>truths; done
grep -qE 'west-coast-provider-edge +20\.0\.2\.2 +ingress' truths || fail "a long name runs into its address: $(grep -m 1 west truths)"

for flow in 1 1: :1 1:x 70000:1 1:2:3 -1:2; do
  run lab truth --scenario php "--flow=$flow"
  expect 2 "--flow $flow"
done
run lab truth --scenario php --flow 65535:65535
expect 0 "the largest flow"
run lab truth --seed 3
expect 2 "--seed without --scenario"

finish
