#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# `utnt run` over Ethernet interfaces, inside the lab's sealed namespace: the lab's TAP is a port of a bridge, so no router
# stands between it and the image. An existing TAP, one made for the run, a packet ring and a virtual machine see what `utnt
# trace` sees in virtual time; a launcher killed in mid-run leaves nothing behind the next start.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need ip
need perl
[[ -x $(dirname "$UTNT")/utnt-tender ]] || skip "utnt-tender was not built"
[[ -r $(dirname "$UTNT")/../image/utnt-process ]] || skip "the image was not built"
[[ -r /dev/net/tun && -w /dev/net/tun ]] || skip "/dev/net/tun may not be opened"
cd "$work" || exit
gateway_mac=02:75:74:6e:74:01
states=$XDG_RUNTIME_DIR/utnt/network
nft=$(PATH=/usr/sbin:/sbin:$PATH command -v nft || true)

# in_namespace: standard input as a script in the lab's namespace.
in_namespace() { "$UTNT" lab exec -- bash -eu; }
# lab_on_bridge SCENARIO: the lab's TAP becomes a port of br0, and gives its addresses up: they are the image's. A TAP and a
# pair of interfaces wait for images beside it.
lab_on_bridge() {
  lab_up "$1"
  vantage_point=$("$UTNT" lab list --json | sed -n 's/.*"vantage_point":"\([^"]*\)".*/\1/p')
  in_namespace <<'END' || fail "the bridge"
ip address flush dev utnt0
ip link set dev utnt0 address 02:00:00:00:00:10
ip link add br0 type bridge
ip link set dev br0 alias utnt-sealed
ip tuntap add dev tap0 mode tap
ip link add ring0 type veth peer name ring1
ip link set dev ring0 alias utnt-sealed
ip link set dev ring1 alias utnt-sealed
for interface in br0 tap0 ring0 ring1; do echo 1 >/proc/sys/net/ipv6/conf/$interface/disable_ipv6 || true; done
for port in utnt0 tap0 ring1; do ip link set dev "$port" master br0; done
for interface in br0 tap0 ring0 ring1; do ip link set dev "$interface" up; done
END
}
run_there() { timeout 100 "$UTNT" lab exec -- "$UTNT" run --ip "$vantage_point/30" "$@"; }

# sees_as_trace SCENARIO ARGUMENT...: with both rule sets.
sees_as_trace() {
  local scenario=$1 rules destinations
  shift
  for rules in utnt tnt; do
    "$UTNT" trace --emulate "$scenario" --rules "$rules" --seed 1 -q -o expected.jsonl --force || fail "trace --emulate $scenario"
    mapfile -t destinations < <("$UTNT" dump --format text expected.jsonl | sed -n 's/^trace to \([0-9.]*\) .*/\1/p')
    run_there --gateway-mac "$gateway_mac" "$@" --rules "$rules" --seed 1 --pps 500 -q -o got.jsonl --force "${destinations[@]}" 2>err ||
      fail "$scenario, run $*: exit $?: $(cat err)"
    plain expected.jsonl >expected
    plain got.jsonl >got
    [[ -s expected ]] || fail "$scenario: nothing to compare"
    diff expected got >difference || fail "$scenario, rules $rules, run $*: $(head -20 difference)"
  done
}
# interfaces: names of those in the lab's namespace, on one line.
interfaces() { "$UTNT" lab exec -- ip -o link | sed -E 's/^[0-9]+: ([^:@]+).*/\1/' | sort | tr '\n' ' '; }
# nothing_left WHAT: neither files nor interfaces beyond those of the set-up.
nothing_left() {
  [[ $(interfaces) == "br0 lo ring0 ring1 tap0 utnt0 " ]] || fail "$1: interfaces: $(interfaces)"
  [[ -z $(find "$states" -type f ! -name lock 2>/dev/null) ]] || fail "$1: files: $(ls "$states")"
}

machine=
if command -v qemu-system-x86_64 >/dev/null && [[ -r $(dirname "$UTNT")/../image/utnt.elf ]]; then machine=yes; fi
for scenario in s02_explicit s04_implicit s07_php_brpr s08_php_dpr s17_uhp_buddy s28_opaque; do
  lab_on_bridge "$scenario"
  sees_as_trace "$scenario" --tender process --net tap:tap0
  sees_as_trace "$scenario" --tender process --net new-tap:made --bridge br0
  sees_as_trace "$scenario" --tender process --net ring:ring0
  [[ -z $machine ]] || sees_as_trace "$scenario" --tender qemu --net tap:tap0
  nothing_left "$scenario"
  "$UTNT" lab down >/dev/null
done

# A machine on a TAP of its own, joined by a bridge of its own to an interface without addresses.
lab_on_bridge php
if [[ -n $machine ]]; then sees_as_trace php --tender qemu --net new-tap --bridge br0; fi
in_namespace <<<'ip link set dev utnt0 nomaster'
sees_as_trace php --tender process --net new-tap --bridge utnt0
in_namespace <<<'ip link set dev utnt0 master br0'
nothing_left "a bridge of its own"

# Address and gateway from a DHCP server on the segment (RFC 2131): one that offers and acknowledges, and nothing else.
cat >dhcp.pl <<'END'
use strict; use Socket;
my ($address, $gateway) = map { inet_aton($_) } @ARGV;
my $server = inet_aton('192.0.2.1');
socket(my $port, PF_INET, SOCK_DGRAM, 17) or die "socket: $!";
setsockopt($port, SOL_SOCKET, SO_BROADCAST, 1);
setsockopt($port, SOL_SOCKET, 25, "br0\0") or die "SO_BINDTODEVICE: $!";
bind($port, sockaddr_in(67, INADDR_ANY)) or die "bind: $!";
while (defined recv($port, my $message, 1500, 0)) {
  my ($xid, $flags, $hardware) = (substr($message, 4, 4), substr($message, 10, 2), substr($message, 28, 16));
  my ($type) = substr($message, 240) =~ /^(?:[^\x00\xff]\x01.)*?\x35\x01(.)/s or next;
  my $answer = ord $type == 1 ? 2 : ord $type == 3 ? 5 : next;
  my $options = "\x63\x82\x53\x63" . pack('CCC', 53, 1, $answer) . "\x36\x04$server" . pack('CCN', 51, 4, 3600)
    . "\x01\x04\xff\xff\xff\xfc" . "\x03\x04$gateway" . "\xff";
  my $head = pack('CCCC', 2, 1, 6, 0) . $xid . "\0\0" . $flags . "\0" x 4 . $address . $server . "\0" x 4 . $hardware . "\0" x 192;
  send($port, $head . $options, 0, sockaddr_in(68, inet_aton('255.255.255.255'))) or die "send: $!";
}
END
in_namespace <<<'ip address add 192.0.2.1/32 dev br0'
"$UTNT" lab exec -- timeout 60 perl dhcp.pl "$vantage_point" 20.0.1.2 2>dhcp.err &
server=$!
by_dhcp=(--net new-tap --bridge br0 --ip dhcp --seed 1 -q)
for tender in process ${machine:+qemu}; do
  timeout 60 "$UTNT" lab exec -- "$UTNT" run --tender "$tender" "${by_dhcp[@]}" -o dhcp.jsonl --force 20.0.8.2 2>err || fail "--ip dhcp, $tender: exit $?: $(cat err dhcp.err)"
  "$UTNT" trace --emulate php --seed 1 -q -o expected.jsonl --force 20.0.8.2 || fail "trace --emulate php"
  plain expected.jsonl >expected
  plain dhcp.jsonl >got
  diff expected got >difference || fail "--ip dhcp, $tender: $(head -20 difference)"
done
kill "$server"
wait "$server" 2>/dev/null || true
[[ $(status_of timeout 60 "$UTNT" lab exec -- "$UTNT" run --tender process "${by_dhcp[@]}" 20.0.8.2) == 4 ]] || fail "nobody serves addresses: $(cat err)"
nothing_left "DHCP"

# What cannot be is said before anything is made, by its exit code.
refused() {
  local code=$1 text=$2 status
  shift 2
  status=$(status_of run_there --gateway-mac "$gateway_mac" "$@" 20.0.8.2)
  [[ $status == "$code" ]] || fail "run $*: exit $status: $(cat "$work/err")"
  grep -qF -- "$text" "$work/err" || fail "run $*: $(cat "$work/err")"
}
refused 4 "there is no network interface nothing here" --net tap:nothing
refused 2 "ring0 is not a TAP" --net tap:ring0
refused 4 "there is no network interface nothing here" --net ring:nothing
refused 2 "only a sandboxed process" --net ring:ring0 --tender qemu
refused 4 "there is an interface tap0 already" --net new-tap:tap0 --bridge br0
refused 4 "there is no network interface br9 here" --net new-tap --bridge br9
refused 2 "1 to 15 bytes" --net new-tap:a-name-of-many-bytes --bridge br0
refused 2 "exclude each other" --net new-tap --bridge br0 --nat br0
nothing_left "refusals"
for i in $(seq 2 250); do echo "20.0.8.$i"; done >targets
slowly=(-f targets --pps 20 --order input --timeout 100 --attempts 1 -q)
run_there --gateway-mac "$gateway_mac" --net tap:tap0 "${slowly[@]}" -o busy.jsonl 2>err &
busy=$!
for _ in $(seq 200); do [[ -s busy.jsonl ]] && break; sleep 0.05; done
refused 4 "the TAP tap0 is in use by another program" --net tap:tap0
kill -TERM "$busy"
wait "$busy" || true

# has_ended PROCESS: within ten seconds.
has_ended() {
  for _ in $(seq 200); do [[ -d /proc/$1 ]] || return 0; sleep 0.05; done
  return 1
}
# groups_of PROCESS: control groups whose names carry it.
groups_of() { find /sys/fs/cgroup -maxdepth 6 -type d -name "utnt-*-$1-*" 2>/dev/null || true; }
# start_slow_run ARGUMENT...: in the background; sets run (the launcher) and image (what it started).
start_slow_run() {
  rm -f slow.jsonl
  "$UTNT" lab exec -- "$UTNT" run "$@" "${slowly[@]}" -o slow.jsonl 2>err &
  run=$!
  image=
  for _ in $(seq 200); do
    image=$(pgrep -P "$run" | head -1 || true)
    [[ -n $image && -s slow.jsonl ]] && return
    sleep 0.05
  done
  fail "run $* does not start: $(cat err)"
}

# Stopped by a signal: everything is gone at once.
start_slow_run --ip "$vantage_point/30" --gateway-mac "$gateway_mac" --net new-tap:stopped --bridge br0
[[ $(interfaces) == *" stopped "* ]] || fail "no TAP for the run: $(interfaces)"
kill -TERM "$run"
status=0
wait "$run" || status=$?
[[ $status == 130 ]] || fail "stopped: exit $status: $(cat err)"
nothing_left "stopped by a signal"
"$UTNT" lab down >/dev/null

# Behind address translation: this host is one hop more, and the tunnel is still found. The uplink has its address here.
if [[ -n $nft ]]; then
  tables() { "$UTNT" lab exec -- "$nft" list tables; }
  forwarding() { "$UTNT" lab exec -- cat /proc/sys/net/ipv4/conf/utnt0/forwarding; }
  lab_up explicit
  "$UTNT" trace --emulate explicit --seed 1 -q -o expected.jsonl --force
  destination=$("$UTNT" dump --format text expected.jsonl | sed -n 's/^trace to \([0-9.]*\) .*/\1/p' | head -1)
  timeout 60 "$UTNT" lab exec -- "$UTNT" run --tender process --net new-tap --nat utnt0 --ip 10.9.0.2/30 --seed 1 -q -o nat.jsonl "$destination" 2>err ||
    fail "--nat: exit $?: $(cat err)"
  "$UTNT" dump --format text nat.jsonl >nat.text
  grep -qE '^ +1 +10\.9\.0\.1 ' nat.text || fail "the first hop is not this host: $(cat nat.text)"
  # Whatever the emulated routers say of themselves stays as it is.
  tunnel() { "$UTNT" dump --format text "$1" | grep -E '^ +[a-z]+ tunnel' | sort; }
  [[ -n $(tunnel expected.jsonl) && $(tunnel nat.jsonl) == "$(tunnel expected.jsonl)" ]] || fail "the tunnel behind --nat: $(cat nat.text)"
  [[ -z $(tables) && $(forwarding) == 0 ]] || fail "left: $(tables), forwarding $(forwarding)"

  # Killed in mid-run, with everything that a run can have: gone after the next start.
  limits=(--memory-limit 64M --cpu-limit 0.5)
  nat_run=(--tender process --net new-tap:killed --nat utnt0 --ip 10.9.0.2/30)
  if [[ $(status_of "$UTNT" lab exec -- "$UTNT" run "${nat_run[@]}" "${limits[@]}" -q "$destination") != 0 ]]; then
    grep -q 'cannot limit' "$work/err" || fail "limits: $(cat "$work/err")"
    echo "control groups may not be used here: $(cat "$work/err")"
    limits=()
  fi
  start_slow_run "${nat_run[@]}" "${limits[@]}"
  [[ ${#limits[@]} == 0 || -n $(groups_of "$run") ]] || fail "no control group for the run"
  [[ -n $(tables) && $(forwarding) == 1 && -n $(find "$states" -type f ! -name lock) ]] || fail "nothing was made"
  kill -9 "$run"
  wait "$run" 2>/dev/null || true
  has_ended "$image" || fail "the image outlived its launcher"
  "$UTNT" lab exec -- "$UTNT" run "${nat_run[@]}" "${limits[@]}" -q "$destination" >/dev/null 2>err || fail "the next start: exit $?: $(cat err)"
  [[ -z $(tables) && $(forwarding) == 0 ]] || fail "after the next start: $(tables), forwarding $(forwarding)"
  [[ $(interfaces) == "lo utnt0 " ]] || fail "after the next start: $(interfaces)"
  [[ -z $(find "$states" -type f ! -name lock) ]] || fail "after the next start: $(ls "$states")"
  [[ -z $(groups_of "$run") ]] || fail "after the next start: $(groups_of "$run")"
fi
echo "passed${machine:+, with virtual machines}${nft:+, with address translation}"
