#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# `utnt fleet run --image-url`: a node whose cache is empty fetches the image from a web server on loopback, by HTTP and HTTPS; when
# the server has none, or is not who its certificate says, the image comes over the connection, and an alert says why.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need_agent
need python3
need curl
need openssl
cd "$work" || exit
export XDG_STATE_HOME=$work/state no_proxy='*'
mkdir state
spool=$work/state/utnt-fleet/spool-localhost
servers=()
trap 'end_agent; ((! ${#servers[@]})) || kill "${servers[@]}"; end' EXIT
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
# serve NAME [CERTIFICATE]: a server of www on 127.0.0.1, its port into the variable `port`, its log into NAME.log.
serve() {
  PYTHONUNBUFFERED=1 python3 - "${2:-}" >"$1.out" 2>"$1.log" <<'SERVER' &
import functools, http.server, ssl, sys
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory="www")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
if sys.argv[1]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print("port", server.server_port)
server.serve_forever()
SERVER
  servers+=($!)
  port=
  for _ in {1..400}; do
    port=$(sed -n 's/^port //p' "$1.out")
    [[ -z $port ]] || return 0
    sleep 0.05
  done
  fail "no web server: $(cat "$1.out" "$1.log")"
}
serve server

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

# By HTTPS: who vouches for the server is the node's business, and a server for whom nobody does is not believed.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=utnt -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out public.pem 2>err ||
  fail "no certificate: $(cat err)"
cat key.pem public.pem >server.pem
serve tls server.pem
end_agent
rm -f "$spool/images/$digest"
run stranger "https://127.0.0.1:$port/images/{digest}"
grep -q "ALERT node localhost: the image ${digest:0:12} comes over the connection, not by its URL: .*certificate" err || fail "no alert: $(cat err)"
grep -q GET tls.log && fail "a server whose certificate nobody vouches for was asked: $(cat tls.log)"
end_agent
rm -f "$spool/images/$digest"
CURL_CA_BUNDLE=$work/public.pem run tls "https://127.0.0.1:$port/images/{digest}"
grep -q 'ALERT' err && fail "an alert: $(cat err)"
grep -q "GET /images/$digest HTTP.* 200 " tls.log || fail "the image was not fetched: $(cat tls.log)"

# What is no URL is refused before anything happens.
for url in file:///etc/passwd http://me:secret@127.0.0.1/; do
  code=0
  "$UTNT" fleet run 20.0.8.2 --image-url "$url" >out 2>err </dev/null || code=$?
  [[ $code == 2 ]] || fail "$url: exit $code: $(cat err)"
done
echo "an image by HTTP and HTTPS, and over the connection when the web server had none"
