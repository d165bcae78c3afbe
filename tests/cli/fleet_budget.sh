#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A node sends no more probes to a network than its owner and the inventory allow, over all jobs: what would be more is refused, and
# explain says which limit it was and when there is room again.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need_agent
cd "$work" || exit
export XDG_STATE_HOME=$work/state
mkdir -p state/utnt-fleet/spool-localhost
chmod -R 700 state
spool=$work/state/utnt-fleet/spool-localhost
trap 'end_agent; end' EXIT
run() {
  code=0
  timeout 60 "$UTNT" fleet run "$1" --pps 500 --campaign "$2" >out 2>err </dev/null || code=$?
}
lab_up php --unix "$work/port"
network="{\"kind\":\"unix\",\"peer\":\"$work/port\",\"address\":\"20.0.1.1/30\",\"gateway\":\"20.0.1.2\"}"

# The owner: a complete trace takes some 30 probes, 64 are reserved for it until it has ended.
echo "{\"prefix_probes_per_hour_max\":120,\"network\":$network}" >"$spool/config.json"
done_ones=0
for n in 1 2 3 4; do
  run 20.0.8.2 "owner-$n"
  [[ $code == 0 ]] || break
  done_ones=$n
done
[[ $code == 1 && $done_ones -ge 2 && $done_ones -le 3 ]] || fail "$done_ones runs, exit code $code: $(cat err)"
"$UTNT" fleet explain "$("$UTNT" fleet ls --limit 1 | cut -c1-12)" >explained
grep -qE 'over budget \(20\.0\.8\.0/24: [0-9]+ of 120 probes an hour are used or promised and it may need 64; again in 6[0-9] min' explained ||
  fail "the reason is not told: $(cat explained)"
run 20.0.5.2 another-network
[[ $code == 0 ]] || fail "a network that nothing was sent to: $(cat err)"

# The inventory, signed with the order: less than the owner allows.
end_agent
echo "{\"network\":$network}" >"$spool/config.json"
cat >inventory.toml <<EOF
[[node]]
name = "localhost"
transport = "local"
limits = {pps = 500, probes_per_hour = 63}
EOF
code=0
timeout 60 "$UTNT" fleet run 20.0.8.2 --inventory inventory.toml --campaign inventory >out 2>err </dev/null || code=$?
[[ $code == 1 ]] || fail "more than the inventory allows: $(cat err)"
"$UTNT" fleet explain "$("$UTNT" fleet ls --limit 1 | cut -c1-12)" >explained
grep -q 'over budget (this node: it may need 64 probes, 63 are allowed in an hour' explained || fail "the reason: $(cat explained)"
echo "passed: $done_ones runs of 120 probes an hour"
