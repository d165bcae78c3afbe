#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Images of the library OS in QEMU's microvm, without KVM and without privileges: start, faults, clocks, devices, exit codes, and
# an echo through the lab's Unix port.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need qemu-system-x86_64
need tshark
images=$(dirname "$UTNT")/../image
[[ -r $images/machine_test.elf ]] || fail "no images beside $UTNT: build the target images"

# boot IMAGE MEMORY COMMAND_LINE OPTION...: its log in $work/log, QEMU's status in $status. $machine: parts left out.
machine=
boot() {
  local image=$1 memory=$2 line=$3
  shift 3
  status=0
  timeout 60 qemu-system-x86_64 -M "microvm,acpi=off$machine" -accel tcg -m "$memory" -nodefaults -no-user-config -display none -monitor none \
    -no-reboot -serial stdio -kernel "$images/$image.elf" -append "$line" "$@" </dev/null >"$work/log" 2>"$work/err" || status=$?
}
modern=(-global virtio-mmio.force-legacy=false)
exit_device=(-device "isa-debug-exit,iobase=0xf4,iosize=4")
fact() { grep -oE "^$1=[0-9]+" "$work/log" | head -1 | cut -d= -f2; }
dump() { cat "$work/err" && tr -cd '[:print:]\n' <"$work/log" | tail -20; }
expect() { [[ $2 == "$3" ]] || fail "$1: $2, not $3: $(dump)"; }

# Exit codes: 33 + 2c modulo 256 through the device, and the last line of the log without it.
for code in 0 7 111 125; do
  boot machine_test 4 "uk.exitport=0xf4 exit=$code" "${exit_device[@]}"
  expect "status of code $code" "$status" $(((33 + 2 * code) % 256))
  expect "last line" "$(tail -1 "$work/log")" "UKEXIT $code"
done
boot machine_test 4 "exit=7" -d cpu_reset -D "$work/resets"
expect "status without an exit device" "$status" 0
expect "triple faults" "$(grep -ci "triple fault" "$work/resets" || true)" 1
expect "last line" "$(tail -1 "$work/log")" "UKEXIT 7"

# What must not happen is a page fault (14), reported even when the stack is full.
for word in null code constant data recurse; do
  boot machine_test 4 "uk.exitport=0xf4 $word" "${exit_device[@]}"
  expect "status of $word" "$status" 27
  grep -q "^fault: vector 0x000000000000000e " "$work/log" || fail "no report of $word: $(dump)"
done
boot machine_test 4 "assert"
expect "a failed assertion" "$(tail -1 "$work/log")" "UKEXIT 126"

# Little memory, no command line, a long one, a module.
boot machine_test 2 "facts"
(($(fact memory) > 300000 && $(fact memory) < 1048576)) || fail "free memory of 2 MiB: $(dump)"
expect "zero memory" "$(fact zero)" 1
expect "cards" "$(fact cards)" 0
now=$(date +%s)
(($(fact wall_s) >= now - 5 && $(fact wall_s) <= now + 5)) || fail "it is $now: $(dump)"
boot machine_test 4 ""
expect "an empty command line" "$(tail -1 "$work/log")" "UKEXIT 0"
boot machine_test 4 "facts $(head -c 2041 /dev/zero | tr '\0' x)"
expect "a long command line" "$(fact length)" 2047
head -c 100000 /dev/zero | tr '\0' Q >"$work/module"
boot machine_test 4 "facts module" -initrd "$work/module"
expect "modules" "$(fact modules)" 1
expect "bytes of the module" "$(tr -cd Q <"$work/log" | wc -c)" 100000

# Clocks: no nap ends early, and two seconds are two seconds of the host's clock.
boot machine_test 4 "sleep=1000"
expect "naps that ended early" "$(fact early)" 0
timeout 60 qemu-system-x86_64 -M microvm,acpi=off -accel tcg -m 4 -nodefaults -no-user-config -display none -monitor none -no-reboot \
  -serial stdio -kernel "$images/machine_test.elf" -append "pause=2000" </dev/null |
  while read -r line; do echo "$(date +%s%N) $line"; done >"$work/stamped"
took=$(awk '$2 == "begin" { b = $1 } $2 ~ /^end/ { print int(($1 - b) / 1000000) }' "$work/stamped")
((took >= 1900 && took <= 2600)) || fail "two seconds took $took ms"

# As much like Firecracker as QEMU gets: no battery clock, the end by the keyboard controller; then without any timer but
# the processor's; and without a serial port, where only the exit code is left.
machine=,rtc=off,pit=on,pic=on
boot machine_test 4 "facts sleep=20" -device i8042 -d cpu_reset -D "$work/resets"
expect "status by the keyboard controller" "$status" 0
expect "triple faults" "$(grep -ci "triple fault" "$work/resets" || true)" 0
expect "the time without a clock" "$(fact wall_s)" 0
expect "naps that ended early" "$(fact early)" 0
boot machine_test 4 "facts uk.epoch_ns=1700000000000000000" -device i8042
expect "the launcher's time" "$(fact wall_s)" 1700000000
machine=,rtc=off,pit=off,pic=off
boot machine_test 4 "sleep=20"
expect "naps that ended early" "$(fact early)" 0
machine=,isa-serial=off
boot machine_test 4 "exit=9 uk.exitport=0xf4" "${exit_device[@]}"
expect "status without a serial port" "$status" 51
machine=

# The two states in which Firecracker enters an image, made by a shim that loads the image from its module.
for entry in linux pvh; do
  boot fcshim 8 "$entry uk.exitport=0xf4 facts" -initrd "$images/machine_test.elf" "${exit_device[@]}"
  expect "status after the $entry entry" "$status" 33
  expect "command line of the $entry entry" "$(fact length) $(fact modules) $(fact zero)" "22 1 1"
  boot fcshim 8 "$entry uk.exitport=0xf4 null" -initrd "$images/machine_test.elf" "${exit_device[@]}"
  expect "a fault after the $entry entry" "$status" 27
  boot fcshim 8 "$entry net0.ip4=10.0.2.15/24 net0.gw4=10.0.2.2 dst=10.0.2.2" -initrd "$images/ping.elf" "${modern[@]}" \
    -netdev user,id=a,restrict=on -device virtio-net-device,netdev=a
  expect "echoes after the $entry entry" "$(fact received)" 3
done

# Devices: two cards in the order of the command line, the host's random numbers, and the message for old virtio.
boot machine_test 8 "facts" "${modern[@]}" -netdev user,id=a,restrict=on -device virtio-net-device,netdev=a,mac=02:00:00:00:00:07 \
  -netdev user,id=b,restrict=on -device virtio-net-device,netdev=b,mac=02:00:00:00:00:08 -device virtio-rng-device
expect "cards" "$(fact cards)" 2
expect "the cards' last octets" "$(grep ^mac5= "$work/log" | tr '\n' ' ')" "mac5=7 mac5=8 "
expect "seeded" "$(fact seeded)" 1
grep -q "no source of randomness" "$work/log" && fail "the entropy device was not used"
boot machine_test 4 "facts uk.seed=2a$(printf '%062d' 0)" "${modern[@]}"
expect "the given seed" "$(fact seed0)" 42
boot machine_test 4 "facts" -netdev user,id=a,restrict=on -device virtio-net-device,netdev=a
grep -q "legacy virtio.*force-legacy=false" "$work/log" || fail "no advice for a legacy device: $(dump)"
expect "legacy cards" "$(fact cards)" 0

# A million bytes of records.
boot machine_test 4 "record=1000000" "${modern[@]}" -chardev "file,id=c,path=$work/records" -device virtio-serial-device \
  -device virtconsole,chardev=c
python3 -c 'import sys; sys.stdout.buffer.write(bytes(i % 251 for i in range(1000000)))' | cmp - "$work/records" || fail "the records differ"
boot machine_test 4 "record=1"
expect "no record channel" "$(tail -1 "$work/log")" "UKEXIT 78"

# An address by DHCP from QEMU's own server, which names no gateway when nothing may leave; and a link without a server.
slirp=(-netdev "user,id=n0,restrict=on" -device "virtio-net-device,netdev=n0" -chardev "file,id=c,path=$work/leased"
  -device virtio-serial-device -device "virtconsole,chardev=c")
boot utnt 4 "uk.exitport=0xf4 net0.dhcp net0.gw4=10.0.2.2 dst=10.0.2.2" "${modern[@]}" "${exit_device[@]}" "${slirp[@]}"
expect "status of a leased run" "$status" 33
expect "the lease" "$(grep -c '^net0: 10.0.2.15/24 by DHCP, gateway 10.0.2.2' "$work/log")" 1
boot utnt 4 "uk.exitport=0xf4 net0.dhcp dst=10.0.2.2" "${modern[@]}" "${exit_device[@]}" "${slirp[@]}"
expect "status without a gateway" "$status" 41
grep -q "names no gateway" "$work/log" || fail "no word about the gateway: $(dump)"

# The example, through the lab: ARP and echoes, with and without a known TSC.
lab_up php --unix "$work/port"
boot ping 4 "uk.exitport=0xf4 net0.ip4=20.0.1.1/30 net0.gw4=20.0.1.2 dst=20.0.8.2 count=20" "${modern[@]}" "${exit_device[@]}" \
  -netdev "dgram,id=n0,local.type=unix,local.path=$work/guest,remote.type=unix,remote.path=$work/port" \
  -device virtio-net-device,netdev=n0,mac=02:00:00:00:00:01 -object "filter-dump,id=d0,netdev=n0,file=$work/guest.pcap"
expect "status of ping" "$status" 33
expect "answers" "$(fact received)" 20
seen() { tshark -r "$work/guest.pcap" -o ip.check_checksum:TRUE -Y "$1" 2>/dev/null | wc -l; }
expect "questions for the gateway" "$(seen 'arp.opcode == 1 && arp.dst.proto_ipv4 == 20.0.1.2')" 1
expect "requests" "$(seen 'icmp.type == 8 && ip.src == 20.0.1.1 && ip.dst == 20.0.8.2 && icmp.checksum.status == "Good"')" 20
expect "malformed frames" "$(seen '_ws.malformed || ip.checksum.status == "Bad" || icmp.checksum.status == "Bad"')" 0
# Eight links of half a millisecond, there and back: no answer can be faster.
fastest=$(grep -oE '^time_us=[0-9]+' "$work/log" | cut -d= -f2 | sort -n | head -1)
((fastest >= 8000 && fastest < 100000)) || fail "the fastest answer took $fastest us"
echo "fastest answer $fastest us, two seconds took $took ms"
