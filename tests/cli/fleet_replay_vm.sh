#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# `utnt fleet replay --variant vm`: ten events on sealed nodes, each a machine with Debian's kernel under QEMU; all find what the
# unikernel finds.
# shellcheck source=tests/cli/fleet_replay.inc
source "$(dirname "${BASH_SOURCE[0]}")/fleet_replay.inc"
[[ -r $images/utnt-vm.tar ]] || skip "no image of a machine: packaging/fleet/utnt-fleet-image vm $images/utnt-vm.tar makes one"
((EUID == 0)) || skip "sealed nodes with sshd need root"
need qemu-system-x86_64

tar -tf "$images/utnt-vm.tar" | tr '\n' ' ' | grep -qx './ ./root.cpio ./vmlinuz ' || fail "the image holds something else"
# Two nodes: an emulated machine keeps a processor busy until its kernel is up.
replay vm --variant vm --policy wait --limit 10 --nodes 2
all_of vm 10
replay process --policy wait --limit 1 --nodes 1
[[ $(answer vm) == "$(answer process)" ]] || fail "machine and unikernel found different things"
jq -se '[.[] | select(.type == "deployment") | .at_ns | [.due, .accepted, .received, .verified, .spawned, .last_record, .stored]] |
  all(. == sort)' vm.json >/dev/null || fail "moments out of order: $(head -2 vm.json)"
echo "passed: $(jq -c 'select(.type == "summary") | {total_ms}' vm.json)"
