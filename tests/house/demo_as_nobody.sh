#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# `utnt demo` needs nothing: it runs as nobody, without any capability, unable to gain privileges, in an empty network
# namespace, away from the source tree, and tells all five stories within a minute.
set -euo pipefail
program=$1
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
chmod 755 "$place"
cp "$program" "$place/utnt"
cd "$place"

if ((EUID == 0)); then
  bare=(unshare --net -- setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all)
elif unshare --user --net true 2>/dev/null; then
  bare=(unshare --user --net -- setpriv --no-new-privs)
else
  echo "neither root nor able to make a namespace"
  exit 77
fi
"${bare[@]}" env -i PATH=/usr/bin:/bin timeout 60 ./utnt demo >"$place/out.txt"
for story in explicit implicit opaque 'invisible.*PHP' 'invisible.*UHP'; do
  grep -qiE "$story" "$place/out.txt" || { cat "$place/out.txt"; echo "no story about: $story"; exit 1; }
done
# The worked networks use addresses of 20.0.0.0/8; a story without routers would be no story.
(($(grep -cE '\b20\.[0-9]+\.[0-9]+\.[0-9]+' "$place/out.txt") >= 25)) || { cat "$place/out.txt"; echo "few routers"; exit 1; }
