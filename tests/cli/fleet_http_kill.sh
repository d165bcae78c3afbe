#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The controller that serves HTTP is killed again and again while a client sends it numbered events, each until somebody has
# answered: every event becomes one job, every job one result, whether the answer was lost or the event.
# fleet_http_kill.sh PROGRAM [KILLS]
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need_agent
need python3
kills=${2:-8}
events=$((kills * 3))
RANDOM=20261
cd "$work" || exit
spool=$work/home/spool-localhost
controller="" client=""
trap 'kill $controller $client 2>/dev/null || true; end_agent; end' EXIT
lab_up php --unix "$work/port"
(umask 077 && head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n' >token)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
start() {
  "$UTNT" fleet run --stay --http "$port" --token-file token --campaign http --slots 4 --pps 1000 --dir home \
    --net "unix:$work/port" --ip 20.0.1.1/30 --gateway 20.0.1.2 >>out 2>>err </dev/null &
  controller=$!
}
cat >client.py <<'PYTHON'
import http.client, json, sys, time
port, events, token = int(sys.argv[1]), int(sys.argv[2]), open("token").read().strip()
lost = known = 0
end = time.monotonic() + 30 + events
for number in range(1, events + 1):
    while True:
        if time.monotonic() > end: sys.exit("no answer to event %d" % number)
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("POST", "/events", json.dumps({"targets": ["20.0.8.2"], "event": number}),
                               {"Authorization": "Bearer " + token})
            answer = connection.getresponse()
            body = json.loads(answer.read())
            if answer.status == 503: raise OSError("unavailable")
            if answer.status != 202: sys.exit("event %d: %d %s" % (number, answer.status, body))
            known += body["jobs"][0]["answer"] == "known"
            break
        except (OSError, http.client.HTTPException, ValueError):
            lost += 1
            time.sleep(0.02)
    time.sleep(0.05)
print("%d events, %d requests without an answer, %d answers that it was known" % (events, lost, known))
PYTHON
start
python3 client.py "$port" "$events" >client.out 2>client.err &
client=$!
for ((i = 0; i < kills; i++)); do
  sleep "0.$((RANDOM % 4 + 2))$((RANDOM % 10))"
  kill -9 "$controller"
  wait "$controller" 2>/dev/null || true
  start
done
wait "$client" || fail "the client: $(cat client.err; tail -5 err)"
client=
done_now() { "$UTNT" fleet ls --dir home --json --state 'done' --limit 1000 | wc -l; }
for _ in {1..600}; do [[ $(done_now) == "$events" ]] && break; sleep 0.1; done
kill -TERM "$controller"
wait "$controller" || true
controller=
[[ $(done_now) == "$events" ]] || fail "$(done_now) of $events jobs are done: $("$UTNT" fleet ls --dir home; tail -5 err)"
[[ $("$UTNT" fleet ls --dir home --json --limit 1000 | wc -l) == "$events" ]] || fail "there are more jobs than events"
[[ $("$UTNT" fleet results --dir home --campaign http | wc -l) == "$events" ]] || fail "not one result a job"
"$UTNT" fleet audit --dir home >audit 2>&1 || fail "audit: $(cat audit)"
! grep -q 'does not balance' audit || fail "$(cat audit)"
echo "web server: $kills kills, $(cat client.out); $(done_now) done, 0 lost, 0 twice"
