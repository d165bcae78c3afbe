#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Everything that can be wrong with `utnt run`: a clear message, the documented exit code, and nothing left behind: no process,
# no socket, no file.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
images=$(dirname "$UTNT")/../image
[[ -r $images/utnt-process && -r $images/utnt.elf ]] || skip "the images were not built"
cd "$work" || exit

# wrong CODE TEXT ARGUMENT...: that run ends with that code, says that on standard error, and leaves nothing.
wrong() {
  local code=$1 text=$2 got
  shift 2
  find "$XDG_RUNTIME_DIR" | sort >before
  got=$(status_of timeout 60 "$UTNT" run "$@")
  [[ $got == "$code" ]] || fail "utnt run $*: exit $got instead of $code: $(cat "$work/err")"
  grep -qF -- "$text" "$work/err" || fail "utnt run $*: \"$text\" is not in: $(cat "$work/err")"
  find "$XDG_RUNTIME_DIR" | sort | diff before - || fail "utnt run $*: files were left"
}

lab_up php --unix "$work/port"
by_hand=(--net "unix:$work/port" --ip 20.0.1.1/30 --gateway 20.0.1.2)

# Usage.
wrong 2 "--nonsense" --nonsense 20.0.8.2
wrong 2 "hyperv" --tender hyperv 20.0.8.2
wrong 2 "no destination" --tender process
wrong 2 "probes nothing" --hold 1 20.0.8.2
wrong 2 "--count" --count 0 20.0.8.2
wrong 2 "virtual machines" --tender process --record-channel block 20.0.8.2
wrong 2 "Firecracker" --tender firecracker --record-channel console 20.0.8.2
wrong 2 "TAP of its own" --net tap:tap0 --ip 192.0.2.7/24 --gateway 192.0.2.1 --count 2 20.0.8.2 20.0.8.3

# Images: missing, cut, damaged, of another kind, for another processor. Before anything starts.
head -c 70 "$images/utnt.elf" >cut.elf
head -c 5000 "$images/utnt-process" >cut-process
cp "$images/utnt.elf" arm.elf && printf '\xb7' | dd of=arm.elf bs=1 seek=18 conv=notrunc status=none
cp "$images/utnt-process" arm-process && printf '\xb7' | dd of=arm-process bs=1 seek=18 conv=notrunc status=none
echo "no image" >text
wrong 2 "there is no image" --tender process --image nowhere 20.0.8.2
wrong 2 "is cut off" --tender process --image cut-process 20.0.8.2
wrong 2 "another kind of machine" --tender process --image arm-process 20.0.8.2
wrong 2 "not an ELF file" --tender process --image text 20.0.8.2
wrong 2 "made for virtual machines" --tender process --image "$images/utnt.elf" 20.0.8.2
if command -v qemu-system-x86_64 >/dev/null; then
  wrong 2 "there is no image" --tender qemu --image nowhere 20.0.8.2
  wrong 2 "is cut off" --tender qemu --image cut.elf 20.0.8.2
  wrong 2 "another kind of machine" --tender qemu --image arm.elf 20.0.8.2
  wrong 2 "not an ELF file" --tender qemu --image text 20.0.8.2
  wrong 2 "they want NAME.elf" --tender qemu --image "$images/utnt-process" 20.0.8.2
fi

# Memory: refused below 2 MiB by every tender; too little for the tables is the image's own message and code.
for tender in process qemu firecracker; do
  wrong 2 "2M" --tender "$tender" --memory 1M 20.0.8.2
  wrong 2 "not a size" --tender "$tender" --memory lots 20.0.8.2
done
wrong 4 "do not fit into" --tender process --address-cache 50000000 --memory 4M 20.0.8.2

# The interface: nobody at the socket, a socket path in use, no TAP.
wrong 4 "other end of the interface" --tender process --net "unix:$work/none" --ip 20.0.1.1/30 --gateway 20.0.1.2 20.0.8.2
wrong 2 "no address for image" --tender process "${by_hand[@]}" --count 4 20.0.8.2 20.0.8.3 20.0.8.4 20.0.8.5
[[ $(status_of timeout 60 "$UTNT" run --tender process --net tap:nosuchtap --ip 192.0.2.7/24 --gateway 192.0.2.1 20.0.8.2) =~ ^[245]$ ]] ||
  fail "no TAP: $(cat "$work/err")"

# Firecracker where there is none says so, and what to do.
if ! command -v firecracker >/dev/null; then
  wrong 4 "firecracker is not installed" --tender firecracker "${by_hand[@]}" 20.0.8.2
fi

# A monitor that cannot start: its own words, and the environment's code.
if command -v qemu-system-x86_64 >/dev/null; then
  mkdir -p programs
  printf '#!/bin/bash\necho "qemu: out of luck" >&2\nexit 1\n' >programs/qemu-system-x86_64
  chmod 755 programs/qemu-system-x86_64
  PATH=$work/programs:$PATH wrong 4 "out of luck" --tender qemu 20.0.8.2
  PATH=$work/programs:$PATH wrong 4 "QEMU could not start" --tender qemu 20.0.8.2
  printf '#!/bin/bash\nexit 0\n' >programs/qemu-system-x86_64
  PATH=$work/programs:$PATH wrong 124 "without closing its result stream" --tender qemu 20.0.8.2
fi

# The launcher killed: the image goes with it, and its socket goes when the next one starts.
"$UTNT" run --tender process --hold 60 2>err &
run=$!
for _ in $(seq 200); do image=$(pgrep -P "$run" | head -1 || true); [[ -n $image ]] && break; sleep 0.05; done
[[ -n $image ]] || fail "no image runs: $(cat err)"
kill -9 "$run"
wait "$run" 2>/dev/null || true
for _ in $(seq 100); do [[ -d /proc/$image ]] || break; sleep 0.05; done
[[ ! -d /proc/$image ]] || fail "the image outlived its launcher"
"$UTNT" run -q --tender process 20.0.8.2 >/dev/null || fail "the next run: exit $?"
! compgen -G "$XDG_RUNTIME_DIR/utnt-nic-*" >/dev/null || fail "sockets were left: $(ls "$XDG_RUNTIME_DIR")"

# An image killed: 124, and what it was is said.
"$UTNT" run --tender process --hold 60 2>err &
run=$!
for _ in $(seq 200); do image=$(pgrep -P "$run" | head -1 || true); [[ -n $image ]] && break; sleep 0.05; done
kill -9 "$image"
status=0
wait "$run" || status=$?
[[ $status == 124 ]] || fail "a killed image: exit $status: $(cat err)"
grep -q "killed from outside" err || fail "a killed image: $(cat err)"
"$UTNT" lab down >/dev/null
echo "passed"
