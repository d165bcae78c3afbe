#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The agent is sent to every node, so it is static and stays below 2 MB once it is stripped.
set -euo pipefail
program=$1
strip=$2
readonly budget=2000000
stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
"$strip" -s -o "$stripped" "$program"
bytes=$(stat -c %s "$stripped")
echo "utnt-node: $bytes bytes, budget $budget"
if readelf -l "$stripped" | grep -q INTERP; then
  echo "it needs a dynamic loader" >&2
  exit 1
fi
if ((bytes >= budget)); then
  echo "above the budget: see what grew with nm -S --size-sort -C $program" >&2
  exit 1
fi
