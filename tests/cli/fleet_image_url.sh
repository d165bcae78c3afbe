#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# `utnt fleet run --image-url`: a node whose cache is empty fetches the image from a web server on loopback; when the server has
# none, the image comes over the connection, and an alert says why.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need_agent
need python3
need curl
cd "$work" || exit
export XDG_STATE_HOME=$work/state no_proxy='*'
mkdir state
spool=$work/state/utnt-fleet/spool-localhost
server=
trap 'end_agent; [[ -z $server ]] || kill "$server"; end' EXIT
fail() { echo "FAILED: $*" >&2; tail -5 "$spool/agent.log" >&2 2>/dev/null; exit 1; }
# run CAMPAIGN URL: one event, which must be done.
run() {
  timeout 120 "$UTNT" fleet run 20.0.8.2 --pps 500 --campaign "$1" --image-url "$2" >out 2>err </dev/null || fail "$1: exit $?: $(cat err)"
  grep -q '1 events: 1 jobs accepted, 0 known before, 1 done' err || fail "$1: $(cat err)"
}

lab_up php --unix "$work/port"
image=$(dirname "$UTNT")/../image/utnt-process
digest=$(sha256sum "$image" | cut -d ' ' -f 1)
mkdir -p www/images && cp "$image" "www/images/$digest"
PYTHONUNBUFFERED=1 python3 -m http.server 0 --bind 127.0.0.1 --directory www >server.out 2>server.log &
server=$!
port=
for _ in {1..400}; do
  port=$(sed -n 's/.* port \([0-9]*\) .*/\1/p' server.out)
  [[ -z $port ]] || break
  sleep 0.05
done
[[ -n $port ]] || fail "no web server: $(cat server.out server.log)"

run web "http://127.0.0.1:$port/images/{digest}"
grep -q 'ALERT' err && fail "an alert: $(cat err)"
grep -q "GET /images/$digest HTTP.* 200 " server.log || fail "the image was not fetched: $(cat server.log)"
[[ -f $spool/images/$digest ]] || fail "it is not in the cache: $(ls "$spool/images")"
"$UTNT" fleet export -o web.jsonl

# The same with an empty cache and a server that has no such file.
end_agent
rm -f "$spool/images/$digest"
run none "http://127.0.0.1:$port/none/{digest}"
grep -q "ALERT node localhost: the image ${digest:0:12} comes over the connection, not by its URL: .*404" err || fail "no alert: $(cat err)"
grep -q "GET /none/$digest HTTP.* 404 " server.log || fail "the server was not asked: $(cat server.log)"
"$UTNT" fleet export --campaign none -o none.jsonl
diff <(plain web.jsonl) <(plain none.jsonl) >difference || fail "two results: $(head -5 difference)"

# What is no URL is refused before anything happens.
for url in file:///etc/passwd http://me:secret@127.0.0.1/; do
  code=0
  "$UTNT" fleet run 20.0.8.2 --image-url "$url" >out 2>err </dev/null || code=$?
  [[ $code == 2 ]] || fail "$url: exit $code: $(cat err)"
done
echo "an image by HTTP, and over the connection when the web server had none"
