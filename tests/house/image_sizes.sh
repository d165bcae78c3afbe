#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The stripped images stay below their budget, and grow by no more than 2 % over what tests/house/image_sizes.txt records:
# growth is a decision, written down there. Sizes hold for the compiler that the file names.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
images=$1
compiler=$2
readonly budget=$((256 * 1024))
recorded_for=$(sed -n 's/^compiler //p' tests/house/image_sizes.txt)
failures=0
while read -r name recorded; do
  bytes=$(stat -c %s "$images/$name") || { failures=$((failures + 1)); continue; }
  echo "$name: $bytes bytes, recorded $recorded"
  if ((bytes > budget)); then
    echo "  above the budget of $budget" >&2
    failures=$((failures + 1))
  elif [[ $compiler == "$recorded_for" ]] && ((bytes * 100 > recorded * 102)); then
    echo "  more than 2 % above the record: make it smaller, or record it and say why" >&2
    failures=$((failures + 1))
  fi
done < <(grep -E '^[a-z-]+(\.elf|-process) ' tests/house/image_sizes.txt)
[[ $compiler == "$recorded_for" ]] || echo "built by $compiler: only the budget was checked, the record is for $recorded_for"
((failures == 0))
