#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# `utnt demo` needs nothing: it runs as nobody, without any capability, unable to gain privileges, in an empty network
# namespace, away from the source tree, and tells all five stories within a minute.
set -euo pipefail
program=$(realpath "$1")
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

# With the image and its tender beside it, one story is told again inside the unikernel, with as little privilege.
built=$(dirname "$program")
if [[ -r $built/../image/utnt-process && -x $built/utnt-tender ]]; then
  mkdir -p "$place/tree/bin" "$place/tree/image"
  cp "$built/utnt" "$built/utnt-tender" "$place/tree/bin/"
  cp "$built/../image/utnt-process" "$place/tree/image/"
  mkdir -m 1777 "$place/tmp"
  "${bare[@]}" env -i PATH=/usr/bin:/bin TMPDIR="$place/tmp" timeout 60 "$place/tree/bin/utnt" demo >"$place/again.txt" ||
    { tail -n 5 "$place/again.txt"; exit 1; }
  grep -q '^Again inside the unikernel, in real time (process)' "$place/again.txt" || { echo "no story inside the unikernel"; exit 1; }
  [[ -z $(ls -A "$place/tmp") ]] || { echo "left behind: $(ls -A "$place/tmp")"; exit 1; }
else
  echo "SKIPPED: the story inside the unikernel (image or tender not built)"
fi
