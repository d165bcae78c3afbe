#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A flood of forged ICMP while a trace runs: time exceeded for probes that look like ours, unreachables, echo replies, from
# made-up routers, as fast as one process can send. The trace ends in time, shows no made-up router, finds its tunnel, and
# the forgeries are counted.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need perl

# Ends by itself after 20 seconds. Sources are 66.0.0.0/8; quoted probes go to the real destination.
cat >"$work/flood.pl" <<'PERL'
use strict; use warnings; use Socket;
socket(my $s, PF_INET, SOCK_RAW, 255) or die "raw socket: $!";
my ($us, $dst) = map { inet_aton($_) } @ARGV;
my $to = sockaddr_in(0, $us);
sub sum { my $t = 0; $t += $_ for unpack('n*', $_[0]); $t = ($t & 0xffff) + ($t >> 16) while $t >> 16; return ~$t & 0xffff }
sub icmp { my ($type, $code, $rest) = @_; my $m = pack('CCna*', $type, $code, 0, $rest); substr($m, 2, 2) = pack('n', sum($m)); $m }
sub ip { my ($ttl, $proto, $src, $to, $body) = @_;
  my $h = pack('CCnnnCCna4a4', 0x45, 0, 20 + length $body, int rand 65536, 0x4000, $ttl, $proto, 0, $src, $to);
  substr($h, 10, 2) = pack('n', sum($h)); $h . $body }
my $end = time + 20;
while (time < $end) {
  for (1 .. 500) {
    my $router = pack('C4', 66, int rand 256, int rand 256, int rand 256);
    my $kind = int rand 4;
    my $quoted = $kind == 3 ? pack('nnnn', 0x8000 | int rand 32768, 33435, 24, int rand 65536)
      : pack('CCnnn', 8, 0, int rand 65536, int rand 65536, (1 + int rand 12) << 8);
    my $message = $kind == 2 ? icmp(0, 0, pack('nna56', int rand 65536, int rand 65536, ''))
      : icmp($kind == 1 ? 3 : 11, $kind == 1 ? 3 : 0, pack('N', 0) . ip(1, $kind == 3 ? 17 : 1, $us, $dst, $quoted . ('x' x 16)));
    send($s, ip(250, 1, $router, $us, $message), 0, $to);
  }
}
PERL

lab_up php
destination=20.0.8.2
"$UTNT" lab exec -- perl "$work/flood.pl" 20.0.1.1 $destination 2>"$work/flood.err" &
flood=$!
sleep 0.5
kill -0 $flood 2>/dev/null || fail "no flood: $(cat "$work/flood.err")"
begin=$SECONDS
for method in icmp-paris udp-paris; do
  in_lab "$UTNT" trace $destination --method $method --json --format jsonl -o "$work/$method.jsonl" 2>"$work/err" ||
    fail "$method: exit $?: $(tail -2 "$work/err")"
  forged=$(grep '"type":"summary"' "$work/err" | grep -oE '"packets_(forged|stray)":[0-9]+' | awk -F: '{n += $2} END {print n}')
  echo "$method: $forged packets that are nobody's answer"
  ((forged > 1000)) || fail "$method: only $forged forged or stray packets were counted"
  ! grep -q '"66\.' "$work/$method.jsonl" || fail "$method: a made-up router is in the results"
  grep -q '"type":"tunnel".*"class":"invisible_php".*"ingress":"20.0.2.2","egress":"20.0.6.2"' "$work/$method.jsonl" ||
    fail "$method: the tunnel was not found"
  "$UTNT" lab score "$work/$method.jsonl" --json | grep '"class":"all"' | grep -q '"found":1,.*"lsrs_right":1' || fail "$method: score"
done
kill -0 $flood 2>/dev/null || fail "the flood ended before the traces did"
kill $flood
((SECONDS - begin < 20)) || fail "the traces took $((SECONDS - begin)) s"
