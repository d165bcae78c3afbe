#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Records on a disk: the virtio-blk driver on QEMU's own device, in the machine that is closest to Firecracker's. What the image
# wrote stands in the disk's file, block by block, whatever else the machine has; full, read-only and missing disks are told.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need qemu-system-x86_64
need python3
images=$(dirname "$UTNT")/../image
[[ -r $images/machine_test.elf ]] || fail "no images beside $UTNT: build the target images"

# boot IMAGE COMMAND_LINE OPTION...: its log in $work/log, QEMU's status in $status.
boot() {
  local image=$1 line=$2
  shift 2
  status=0
  timeout 60 qemu-system-x86_64 -M microvm,acpi=off,rtc=off -accel tcg -m 4 -nodefaults -no-user-config -display none -monitor none \
    -no-reboot -serial stdio -kernel "$images/$image.elf" -append "uk.exitport=0xf4 $line" -global virtio-mmio.force-legacy=false \
    -device isa-debug-exit,iobase=0xf4,iosize=4 "$@" </dev/null >"$work/log" 2>"$work/err" || status=$?
}
dump() { cat "$work/err" && tr -cd '[:print:]\n' <"$work/log" | tail -20; }
expect() { [[ $2 == "$3" ]] || fail "$1: $2, not $3: $(dump)"; }
disk() { disk_options=(-drive "if=none,format=raw,file=$1,id=d$2" -device "virtio-blk-device,drive=d$2"); }

# read_log FILE OUT: the payloads of the blocks, and how many; our own reader has no part in it.
cat >"$work/read_log.py" <<'PYTHON'
import struct, sys
table = []
for n in range(256):
    for _ in range(8):
        n = n >> 1 ^ (0x82f63b78 if n & 1 else 0)
    table.append(n)
def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 255]
    return crc ^ 0xffffffff
disk = open(sys.argv[1], "rb").read()
out = open(sys.argv[2], "wb")
count, run = 0, None
while disk[count * 4096:count * 4096 + 4] == b"UTL1":
    block = disk[count * 4096:count * 4096 + 4096]
    number, stream, length, crc = struct.unpack("<IQII", block[4:24])
    run = stream if run is None else run
    if number != count or stream != run:
        break
    if crc != crc32c(block[:20] + block[24:24 + length]) or any(block[24 + length:]):
        sys.exit(f"block {count} is damaged")
    out.write(block[24:24 + length])
    count += 1
print(count)
PYTHON
read_log() { python3 "$work/read_log.py" "$1" "$2"; }
count_to() { python3 -c "import sys; sys.stdout.buffer.write(bytes(i % 251 for i in range($1)))"; }

# A million bytes by themselves, and nothing in the file that was not written.
truncate -s 1G "$work/disk"
disk "$work/disk" 0
boot machine_test "record=1000000" "${disk_options[@]}"
expect "status" "$status" 33
blocks=$(read_log "$work/disk" "$work/stream") || fail "the log: $blocks"
count_to 1000000 | cmp - "$work/stream" || fail "the stream differs"
(($(stat -c %b "$work/disk") * 512 < 4000000)) || fail "the disk's file is not sparse any more"

# A shorter run on the same disk: the reader's stream ends where that one ends.
boot machine_test "record=20000" "${disk_options[@]}"
again=$(read_log "$work/disk" "$work/stream")
((again < blocks)) || fail "$again blocks of the second run, $blocks of the first"
count_to 20000 | cmp - "$work/stream" || fail "the second stream differs"

# The channel that is wanted: the console where there is one, the disk when it is asked for, nothing that is not there.
rm "$work/disk" && truncate -s 1M "$work/disk"
console=(-chardev "file,id=c,path=$work/console" -device virtio-serial-device -device "virtconsole,chardev=c")
boot machine_test "record=5000" "${disk_options[@]}" "${console[@]}"
expect "blocks beside a console" "$(read_log "$work/disk" "$work/stream")" 0
expect "bytes on the console" "$(stat -c %s "$work/console")" 5000
boot machine_test "record=5000 uk.rec=blk" "${disk_options[@]}" "${console[@]}"
expect "blocks that were asked for" "$(read_log "$work/disk" "$work/stream")" 2
expect "bytes on the console" "$(stat -c %s "$work/console")" 0
boot machine_test "record=5000 uk.rec=console" "${disk_options[@]}"
expect "a console that is not there" "$(tail -1 "$work/log")" "UKEXIT 78"
boot machine_test "record=5000 uk.rec=vsock" "${disk_options[@]}"
expect "an unknown channel" "$(tail -1 "$work/log")" "UKEXIT 2"
grep -q '^error: uk.rec: neither console nor blk' "$work/log" || fail "no word about it: $(dump)"

# A full disk ends the channel, and what fits is there; a read-only disk is passed over.
boot machine_test "record=2000000" "${disk_options[@]}"
expect "a full disk" "$(tail -1 "$work/log")" "UKEXIT 78"
grep -q '^record log: the disk is full' "$work/log" || fail "no word about the full disk: $(dump)"
expect "blocks of a full disk" "$(read_log "$work/disk" "$work/stream")" 256
rm "$work/disk" && truncate -s 1M "$work/disk"
first=(-drive "if=none,format=raw,file=$work/disk,id=r,readonly=on" -device "virtio-blk-device,drive=r")
boot machine_test "record=5000" "${first[@]}"
expect "a read-only disk alone" "$(tail -1 "$work/log")" "UKEXIT 78"
grep -q '^record log: no disk can be written' "$work/log" || fail "no word about it: $(dump)"
truncate -s 1M "$work/second"
disk "$work/second" 1
boot machine_test "record=5000" "${disk_options[@]}" "${first[@]}"
expect "status with two disks" "$status" 33
expect "blocks on the one that can be written" "$(read_log "$work/second" "$work/stream")" 2

# A fault in the middle leaves what was written; and the write behind every record is on its way, so that none is lost.
rm "$work/second" && truncate -s 1M "$work/second"
boot machine_test "record=100000 null" "${disk_options[@]}"
expect "a fault" "$(tail -1 "$work/log")" "UKEXIT 125"
read_log "$work/second" "$work/stream" >/dev/null
count_to 100000 | cmp - "$work/stream" || fail "the stream of a run that faulted differs"

# The prober, through a lab: the tunnel is in the log, and the run ends well.
lab_up php --unix "$work/port"
rm "$work/disk" && truncate -s 16M "$work/disk"
disk "$work/disk" 2
boot utnt "net0.ip4=20.0.1.1/30 net0.gw4=20.0.1.2 dst=20.0.8.2" "${disk_options[@]}" \
  -netdev "dgram,id=n0,local.type=unix,local.path=$work/guest,remote.type=unix,remote.path=$work/port" \
  -device virtio-net-device,netdev=n0,mac=02:00:00:00:00:01
expect "status of the prober" "$status" 33
blocks=$(read_log "$work/disk" "$work/stream") || fail "the prober's log: $blocks"
((blocks > 2)) || fail "$blocks blocks"
# The stream is frames to its last byte, and the last one is the trailer, with exit code 0.
python3 - "$work/stream" <<'PYTHON' || fail "the prober's stream is not whole"
import struct, sys
stream, at, is_last = open(sys.argv[1], "rb").read(), 0, False
while at < len(stream):
    assert not is_last
    word, = struct.unpack_from("<I", stream, at)
    is_last = word >> 31 == 1
    payload = stream[at + 12:at + 12 + (word & 0x7fffffff)]
    at += 12 + len(payload)
assert is_last and struct.unpack_from("<i", payload)[0] == 0
PYTHON
echo "$blocks blocks by the prober"
