#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Debian's traceroute in the lab: it shows the labels of an explicit tunnel (scenario S2) and sees nothing of an invisible
# one (S7). Hops and labels follow from the topology: three LSRs 20.0.3.2 to 20.0.5.2, one label each, TTL 1.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need traceroute

hops() { awk '$1 ~ /^[0-9]+$/ {print $2}' "$1" | paste -sd ' '; }

lab_up explicit
for method in "" -I; do
  in_lab traceroute $method -n -e -q 1 -w 3 20.0.8.2 >"$work/trace"
  [[ $(hops "$work/trace") == "20.0.1.2 20.0.2.2 20.0.3.2 20.0.4.2 20.0.5.2 20.0.6.2 20.0.7.2 20.0.8.2" ]] ||
    fail "hops: $(cat "$work/trace")"
  for lsr in 20.0.3.2 20.0.4.2 20.0.5.2; do
    grep -q " $lsr <MPLS:L=[0-9]*,E=0,S=1,T=1>" "$work/trace" || fail "no label at $lsr: $(cat "$work/trace")"
  done
  [[ $(grep -c MPLS "$work/trace") == 3 ]] || fail "labels where none are: $(cat "$work/trace")"
done
"$UTNT" lab down >/dev/null

lab_up php
in_lab traceroute -n -e -q 1 -w 3 20.0.8.2 >"$work/trace"
[[ $(hops "$work/trace") == "20.0.1.2 20.0.2.2 20.0.6.2 20.0.7.2 20.0.8.2" ]] || fail "hops: $(cat "$work/trace")"
! grep -q MPLS "$work/trace" || fail "labels of an invisible tunnel: $(cat "$work/trace")"
