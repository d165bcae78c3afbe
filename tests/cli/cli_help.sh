#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# --help and --version everywhere, and what happens to a command line that makes no sense.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"

for command in "" trace dump demo doctor lab "lab up" "lab exec" "lab score" "lab truth" "lab list" "lab down"; do
  run $command --help
  expect 0 "utnt $command --help"
  says out "Usage: utnt" "utnt $command --help"
  is_empty err "utnt $command --help"
done

run --version
expect 0 "--version"
for word in utnt commit "rules utnt tnt" schema reserved; do says out "$word" "--version"; done

for arguments in "" "bogus" "--bogus" "trace --bogus" "trace --pps" "trace --pps many 20.0.0.1" "trace --pps -1 20.0.0.1" \
  "trace --first-ttl 0 20.0.0.1" "trace --max-ttl 256 20.0.0.1" "trace --method tcp 20.0.0.1" "demo --color red" \
  "interface man nothing"; do
  run $arguments
  expect 2 "utnt $arguments"
  is_empty out "utnt $arguments"
  [[ $(wc -l <err) -eq 1 ]] || fail "utnt $arguments: the error is not one line"
  grep -q '^utnt' err || fail "utnt $arguments: the error does not say who speaks"
done

"$utnt" trace --help >/dev/full 2>err
code=$?
expect 4 "help into a full device"
"$utnt" demo php >/dev/full 2>err
code=$?
expect 4 "demo into a full device"
says err "standard output" "demo into a full device"
"$utnt" demo php >&- 2>err
code=$?
expect 4 "demo with standard output closed"

finish
