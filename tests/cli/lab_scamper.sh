#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Debian's scamper in the lab, its warts read by sc_warts2json: labels, reply TTLs and quoted TTLs of an explicit tunnel
# (S2), and a ping whose reply TTL gives a uniform return path away.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need scamper
need sc_warts2json
[[ $(id -u) == 0 ]] || skip "scamper gives up privileges in a way that only real root may"

lab_up explicit
in_lab scamper -O warts -o "$work/trace.warts" -p 100 -I "trace -P icmp-paris -q 1 -w 3 20.0.8.2"
sc_warts2json "$work/trace.warts" | grep '"type":"trace"' >"$work/trace"
grep -q '"stop_reason":"COMPLETED"' "$work/trace" || fail "the trace did not complete: $(cat "$work/trace")"
values() { grep -o "\"$1\":[0-9]*" "$2" | cut -d: -f2 | paste -sd ' '; }
[[ $(values mpls_label "$work/trace" | wc -w) == 3 ]] || fail "three LSRs have one label each: $(cat "$work/trace")"
[[ $(values mpls_ttl "$work/trace") == "1 1 1" ]] || fail "label TTLs: $(values mpls_ttl "$work/trace")"
# S2: te 255 254 247 248 249 250 249; the destination is not a router, its own reply follows.
[[ $(values reply_ttl "$work/trace" | cut -d' ' -f1-7) == "255 254 247 248 249 250 249" ]] ||
  fail "reply TTLs: $(values reply_ttl "$work/trace")"
[[ $(values icmp_q_ttl "$work/trace" | cut -d' ' -f1-7) == "1 1 1 2 3 1 1" ]] ||
  fail "quoted TTLs: $(values icmp_q_ttl "$work/trace")"

in_lab scamper -O warts -o "$work/ping.warts" -I "ping -c 3 -i 1 20.0.6.2"
sc_warts2json "$work/ping.warts" | grep '"type":"ping"' >"$work/ping"
# S2: er of PE2, the sixth hop, is 250.
[[ $(values reply_ttl "$work/ping") == "250 250 250" ]] || fail "echo replies: $(cat "$work/ping")"
