#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# `utnt dump`: input told apart by content, the classic text against the specification's examples, conversion there and
# back, broken and cut input with exit code and message, standard input, a full disk.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
# shellcheck disable=SC2154
corpus=$source_root/fuzz/corpus
# shellcheck disable=SC2154
golden=$source_root/tests/golden/results/classic

same() { cmp -s "$1" "$2" || fail "$3: $1 and $2 differ"; }

for pair in php:invisible_php_dpr explicit:explicit; do
  run dump "$corpus/jsonl/${pair%:*}" --classic
  expect 0 "classic ${pair%:*}"
  tail -n +2 out | sed '$d' >hops
  same hops "$golden/${pair#*:}.txt" "classic ${pair%:*}"
done

run dump "$corpus/jsonl/php" --format jsonl
expect 0 "JSON Lines to JSON Lines"
same out "$corpus/jsonl/php" "JSON Lines to JSON Lines"
run dump "$corpus/warts/ours" --format warts
expect 0 "warts to warts"
cp out again.warts
run dump again.warts --format warts
same out again.warts "warts to warts, once more"
run dump "$corpus/warts/by_hand"
expect 0 "warts of others"
says out "trace to 198.51.100.7 from 10.0.0.2" "warts of others"
says err "1 of unknown type" "warts of others"

run dump "$corpus/jsonl/bad"
expect 1 "broken lines"
says err ':1: "sent": number too large' "broken lines"
run dump "$corpus/warts/cut"
expect 1 "cut warts"
says err "in the middle of a record" "cut warts"
cat "$corpus/jsonl/php" "$corpus/jsonl/cut" >cut.jsonl
run dump cut.jsonl
expect 1 "cut JSON Lines"
says err "cut.jsonl:3: the last line is cut off" "cut JSON Lines"
says out "hidden router" "cut JSON Lines"

run dump missing
expect 2 "missing file"
says err "cannot read missing" "missing file"
run dump .
expect 2 "a directory"
: >empty
run dump empty
expect 2 "empty file"
says err "empty is empty" "empty file"
run dump "$utnt"
expect 2 "a program as input"
says err "neither JSON Lines nor warts" "a program as input"
gzip -c "$corpus/jsonl/php" >php.gz
run dump php.gz
expect 2 "compressed file"
says err "zcat php.gz" "compressed file"
run dump "$corpus/jsonl/php" --classic --format jsonl
expect 2 "options that contradict"

"$utnt" dump - <"$corpus/jsonl/php" >out 2>err
says out "hidden router" "standard input"
"$utnt" dump "$corpus/jsonl/php" >/dev/full 2>err
code=$?
expect 4 "full disk"
finish
