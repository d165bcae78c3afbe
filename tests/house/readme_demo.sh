#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The demo output in README.md is what the program prints, line for line.
set -euo pipefail
program=$1
readme=$(dirname "${BASH_SOURCE[0]}")/../../README.md
shown=$(awk '/^<!-- A test compares these lines/ {wait = 1; next} wait && /^```/ {if (inside) exit; inside = 1; next} inside' "$readme")
[[ $(wc -l <<<"$shown") -ge 20 ]] || { echo "README.md shows no demo"; exit 1; }
real=$("$program" demo php)
if [[ $real != *"$shown"* ]]; then
  echo "README.md shows something else than the program prints:"
  diff <(printf '%s\n' "$shown") <(printf '%s\n' "$real") || true
  exit 1
fi
