#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A controller that is killed and goes on where the monotonic clock stands a day later, and one that goes on where it stands a
# day earlier (time namespaces do that; a sleeping or migrated machine may): deadlines move with it, so nothing expires, nothing
# runs twice, and the ledger balances.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need_agent
day=(unshare --time --monotonic 86400)
"${day[@]}" true 2>/dev/null || skip "no time namespace can be made here"
cd "$work" || exit
home=
trap 'end_agent "${home:+$home/spool-localhost}"; end' EXIT
lab_up php --unix "$work/port"
printf '0 targets=20.0.8.2 start-by=1h finish-by=2h\n' >list
words=(fleet run --events list --campaign clock --pps 20 --net "unix:$work/port" --ip 20.0.1.1/30 --gateway 20.0.1.2)

# goes_on NAME FIRST... -- SECOND...: where the first controller runs, which is killed during the run, and where the next one.
goes_on() {
  local name=$1 first=() status=0 controller
  shift
  while [[ $1 != -- ]]; do first+=("$1"); shift; done
  shift
  home=$work/$name
  # As itself, not below a shell: what is killed is the controller.
  "${first[@]}" "$UTNT" "${words[@]}" --dir "$home" >out 2>first.err </dev/null &
  controller=$!
  for _ in {1..300}; do grep -q 'running on localhost' first.err && break; sleep 0.05; done
  kill -9 "$controller"
  wait "$controller" 2>/dev/null || true
  timeout 60 "$@" "$UTNT" "${words[@]}" --dir "$home" >out 2>err </dev/null || status=$?
  [[ $status == 0 ]] || fail "$name: exit $status: $(cat first.err err)"
  [[ $("$UTNT" fleet ls --dir "$home" --json --state 'done' | wc -l) == 1 ]] || fail "$name: $(cat err)"
  [[ $("$UTNT" fleet results --dir "$home" --campaign clock | wc -l) == 1 ]] || fail "$name: not one result"
  ! grep -q 'attempt 2' err || fail "$name: it ran twice: $(cat err)"
  "$UTNT" fleet audit --dir "$home" >out 2>err || fail "$name: audit: $(cat err)"
  ! grep -q 'does not balance' out || fail "$name: $(cat out)"
  end_agent "${home:+$home/spool-localhost}"
}
goes_on later -- "${day[@]}"
goes_on earlier "${day[@]}" --
echo "clocks: a day later and a day earlier, nothing expired, nothing twice"
