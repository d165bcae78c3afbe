#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# `utnt fleet replay --variant container`: ten events on five sealed nodes, each a container by podman and runc; all find what the
# unikernel finds, what podman keeps is where it was told to, and an interrupted replay leaves no container.
# shellcheck source=tests/cli/fleet_replay.inc
source "$(dirname "${BASH_SOURCE[0]}")/fleet_replay.inc"
[[ -r $images/utnt-container.tar ]] || skip "the container's image was not built"
((EUID == 0)) || skip "sealed nodes with sshd need root"
need podman
command -v runc >/dev/null || [[ -x /usr/sbin/runc ]] || skip "runc is not installed"

# The image is a root file system with one program, the same bytes each time, and that program refuses what it must.
tar -tf "$images/utnt-container.tar" | tr '\n' ' ' | grep -qx './ ./utnt-prober ' || fail "the image holds something else"
fleet_image=$scenario_folder/../../packaging/fleet/utnt-fleet-image
prober=$(dirname "$UTNT")/utnt-prober
"$fleet_image" container again.tar --prober "$prober"
cmp again.tar "$images/utnt-container.tar" || fail "the image is not the same the second time"
[[ $(status_of "$fleet_image" jail x) == 2 && $(status_of "$fleet_image" container) == 2 ]] || fail "usage of utnt-fleet-image"
[[ $(status_of "$prober" --what) == 2 ]] || fail "an unknown option: $(cat err)"
[[ $(status_of "$prober" dst=192.0.2.1) == 2 ]] || fail "no address: $(cat err)"
[[ $(status_of "$prober" net0.ip4=192.0.2.9/24 net0.gw4=192.0.2.8 dst=192.0.2.1) == [235] ]] || fail "no such network: $(cat err)"

# A node runs nothing but the image unless its owner says so.
lab_up php
run_directories() { compgen -G '/run/utnt-containers-*' || true; }
known=$(run_directories)
refused=$(in_lab "$UTNT" fleet run 20.0.8.2 --variant container --net ring:utnt0 --ip 20.0.1.1/30 --gateway 20.0.1.2 --dir here 2>&1) &&
  fail "the node's owner did not allow it: $refused"
[[ $refused == *"this node runs no variant container"* ]] || fail "$refused"
echo '{"variants":["container"]}' >here/spool-localhost/config.json
kill "$(<here/spool-localhost/agent.lock)"
for _ in $(seq 50); do [[ -S here/spool-localhost/agent.sock ]] || break; sleep 0.1; done
in_lab "$UTNT" fleet run 20.0.8.2 --variant container --net ring:utnt0 --ip 20.0.1.1/30 --gateway 20.0.1.2 --dir here >out 2>&1 ||
  fail "a container on this machine: $(cat out)"
kill "$(<here/spool-localhost/agent.lock)"
run_directories | grep -vxF "$known" | xargs -r rm -rf  # podman's, which a restart of the machine would take away

before=$(podman ps --all --quiet 2>/dev/null | wc -l)
replay container --variant container --policy wait --limit 10
all_of container 10
replay process --policy wait --limit 1 --nodes 1
[[ $(answer container) == "$(answer process)" ]] || fail "container and unikernel found different things"
jq -se '[.[] | select(.type == "deployment") | .at_ns | [.due, .accepted, .received, .verified, .spawned, .first_probe, .first_reply,
  .last_record, .stored]] | all(. == sort)' container.json >/dev/null || fail "moments out of order: $(head -2 container.json)"
jq -se 'last | .variant == "container" and .tender == ""' container.json >/dev/null || fail "$(tail -1 container.json)"

replay cold --variant container --cold --policy wait --limit 1 --nodes 1
all_of cold 1
interrupt --variant container --nodes 2 --limit 30 --policy wait --link 0
[[ -z $(find /sys/fs/cgroup -type d -name 'libpod-*' -newer container.json 2>/dev/null) ]] || fail "a container's control group is left"
pgrep -f 'conmon.*utnt-containers' && fail "a container's monitor survives"
[[ $(podman ps --all --quiet 2>/dev/null | wc -l) == "$before" ]] || fail "the user's own podman knows of a container"
echo "passed: $(jq -c 'select(.type == "summary") | {total_ms, first_probe_ms}' container.json)"
