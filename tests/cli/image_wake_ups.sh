#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# image_wake_ups.sh PROGRAM [COUNT]: an image in QEMU asks, sleeps until the answer's interrupt wakes it, and asks again. None may
# be lost, whichever features the card has. The soak asks for a million.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need qemu-system-x86_64
count=${2:-5000}
images=$(dirname "$UTNT")/../image
[[ -r $images/machine_test.elf ]] || fail "no images beside $UTNT: build the target images"

for features in "" ",event_idx=off" ",event_idx=off,mrg_rxbuf=off"; do
  status=0
  timeout $((60 + count / 500)) qemu-system-x86_64 -M microvm,acpi=off -accel tcg -m 4 -nodefaults -no-user-config -display none \
    -monitor none -no-reboot -serial stdio -kernel "$images/machine_test.elf" -append "uk.exitport=0xf4 wake=$count" \
    -global virtio-mmio.force-legacy=false -device isa-debug-exit,iobase=0xf4,iosize=4 \
    -netdev user,id=a,restrict=on -device "virtio-net-device,netdev=a$features" </dev/null >"$work/log" 2>"$work/err" || status=$?
  [[ $status == 33 ]] || fail "status $status with \"$features\": $(cat "$work/err" "$work/log")"
  grep -q '^lost=0' "$work/log" || fail "interrupts were lost with \"$features\": $(cat "$work/log")"
  echo "$count wake-ups${features:+ with ${features#,}}: none lost, $(grep -oE 'slowest_us=[0-9]+' "$work/log")"
done
