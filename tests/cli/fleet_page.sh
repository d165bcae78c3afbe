#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# What a running controller serves: events over HTTP become results, metrics count them, and a browser (Chromium, headless)
# shows the traces with their tunnels, while a script that a result carries in a text stays text.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need_agent
need chromium
cd "$work" || exit
export XDG_STATE_HOME=$work/state HOME=$work/home
mkdir state home
controller=
stop() {
  [[ -z $controller ]] || kill -TERM "$controller" 2>/dev/null || true
  local lock=$work/state/utnt-fleet/spool-localhost/agent.lock
  [[ -e $lock ]] && kill "$(cat "$lock")" 2>/dev/null || true
}
trap 'stop; end' EXIT

# request TEXT: to the controller's port, as bytes; the answer to `answer`. No client's courtesy comes between.
request() {
  exec 5<>"/dev/tcp/127.0.0.1/$port"
  printf '%b' "$1" >&5
  timeout 10 cat <&5 >answer || true
  exec 5<&- 5>&-
}
get() { request "GET $1 HTTP/1.1\r\nHost: 127.0.0.1:$port\r\n\r\n"; }
post() { request "POST /events HTTP/1.1\r\nHost: 127.0.0.1:$port\r\nAuthorization: Bearer $2\r\nContent-Length: ${#1}\r\n\r\n$1"; }
answers() { head -1 answer | grep -q "^HTTP/1.1 $1 " || fail "$2: $(cat answer)"; }

lab_up php --unix "$work/port.lab"
token=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
(umask 077 && echo "$token" >token)
cp token open-token && chmod 644 open-token
run=("$UTNT" fleet run --stay --net "unix:$work/port.lab" --ip 20.0.1.1/30 --gateway 20.0.1.2)

# What would give away more than it should is refused before anything starts.
[[ $(status_of "${run[@]}" --http 0 --token-file open-token) == 3 ]] || fail "a token that others may read: $(cat err)"
[[ $(status_of "${run[@]}" --http 0 --token-file token --http-address 192.0.2.1) == 2 ]] || fail "an address without TLS: $(cat err)"
grep -q 'tls-in-front' err || fail "what to do about the address is not said: $(cat err)"

"${run[@]}" --http 0 --token-file token --json --campaign page --slots 3 \
  --options 'list-name=%3Cscript%3Edocument.title=%27owned%27%3C/script%3E' >run.json 2>run.err </dev/null &
controller=$!
for _ in {1..200}; do grep -q '"state":"up"' run.json && break; sleep 0.05; done
port=$(grep -oE 'serving http://127\.0\.0\.1:[0-9]+' run.json | grep -oE '[0-9]+$') || fail "no port: $(cat run.json run.err)"

# A second controller at this port says so.
[[ $(status_of "${run[@]}" --http "$port" --dir "$work/second") == 4 ]] || fail "the port of another: $(cat err)"

post '{"targets":["20.0.8.2"]}' "$token"
answers 202 "an event"
job=$(grep -oE '"job":"[0-9a-f]{32}","answer":"accepted"' answer) || fail "no job in the answer: $(cat answer)"
post '{"targets":["20.0.4.1"],"event":7}' "$token"
answers 202 "an event with a number"
post '{"targets":["20.0.4.1"],"event":7}' "$token"
grep -q '"answer":"known"' answer || fail "the same event again: $(cat answer)"
post '{"targets":["20.0.4.1"]}' "wrong$token"
answers 401 "a wrong token"
post '{"targets":["not an address"]}' "$token"
answers 400 "no address"
grep -q '"error":"targets' answer || fail "the reason is not told: $(cat answer)"
request "GET / HTTP/1.1\r\nHost: rebound.example\r\n\r\n"
answers 421 "another host's name"

for _ in {1..200}; do [[ $(grep -c '"state":"done"' run.json) == 2 ]] && break; sleep 0.05; done
[[ $(grep -c '"state":"done"' run.json) == 2 ]] || fail "two events, and not two results: $(cat run.json)"
get /metrics
answers 200 metrics
grep -q '^utnt_fleet_jobs{state="done"} 2' answer || fail "metrics: $(cat answer)"
grep -q '^utnt_fleet_duplicates_total 1' answer || fail "metrics: $(cat answer)"
grep -q '^utnt_fleet_ledger_balanced 1' answer || fail "metrics: $(cat answer)"
get /api/state
sed '1,/^\r$/d' answer >state.json
grep -q '"class":"invisible_php","ingress":"20.0.2.2","egress":"20.0.6.2","lsrs":\["20.0.3.2","20.0.4.2","20.0.5.2"\]' state.json ||
  fail "the tunnel is not in the state: $(cat state.json)"

# The browser's own view, after everything that could run has run.
timeout 60 chromium --headless --no-sandbox --disable-gpu --no-first-run --user-data-dir="$work/browser" \
  --dump-dom "http://127.0.0.1:$port/" >dom.html 2>browser.err || fail "chromium: $(tail -3 browser.err)"
[[ $(grep -c '<section class="trace">' dom.html) == 2 ]] || fail "not two traces: $(cat dom.html)"
grep -q '20\.0\.8\.2 from localhost' dom.html || fail "no trace: $(cat dom.html)"
grep -q '<title>invisible_php 20\.0\.2\.2 to 20\.0\.6\.2</title>' dom.html || fail "no tunnel is drawn: $(cat dom.html)"
[[ $(grep -o 'fill="#d08a00"' dom.html | wc -l) -ge 3 ]] || fail "no hidden routers are drawn"
grep -q 'invisible tunnel (PHP) 20.0.2.2 -&gt; 20.0.6.2: 3 hidden routers' dom.html || fail "no tunnel in words"
grep -qF '&lt;script&gt;document.title=' dom.html || fail "the list's name is not shown"
grep -q '<script' dom.html && fail "a node's text became a script"
grep -q '<title>Fleet: page</title>' dom.html || fail "something ran: $(grep '<title>' dom.html)"

kill -TERM "$controller"
wait "$controller" || fail "the controller ended with $?: $(cat run.err)"
controller=
tail -1 run.json | grep -q '"done":2' || fail "summary: $(tail -1 run.json)"

# A node that takes its time (an ssh that says nothing): the page is there before the node is, and says so; an event that
# may not wait is asked to come again.
mkdir bin
printf '#!/bin/sh\nexec sleep 5\n' >bin/ssh
chmod +x bin/ssh
printf '[[node]]\nname = "slow"\nhost = "192.0.2.1"\n' >slow.toml
PATH=$work/bin:$PATH "$UTNT" fleet run --stay --inventory slow.toml --policy discard --dir "$work/slow" --campaign slow --http 0 \
  --token-file token --json >slow.json 2>slow.err </dev/null &
controller=$!
for _ in {1..100}; do grep -qs serving slow.json && break; sleep 0.05; done
port=$(grep -oE 'serving http://127\.0\.0\.1:[0-9]+' slow.json | grep -oE '[0-9]+$') || fail "no port before the nodes: $(cat slow.json slow.err)"
get /api/state
grep -q '"node":"slow".*"state":"connecting"' answer || fail "the node that is being connected: $(cat answer)"
post '{"targets":["20.0.8.2"]}' "$token"
answers 503 "an event before the nodes"
grep -q 'being connected' answer || fail "what to do is not said: $(cat answer)"
kill -TERM "$controller"
wait "$controller" || true
controller=
echo passed
