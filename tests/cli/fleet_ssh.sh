#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Nodes behind a real sshd, in a sealed namespace: enrolled, checked and given work, by an agent that is brought and by one that its
# owner has installed behind a forced command; and every way in which a node can be wrong is told, ends early, and harms no other.
if [[ -z ${UTNT_SEALED:-} ]]; then
  if ((EUID != 0)) || ! unshare --net --mount true 2>/dev/null; then
    echo "SKIPPED: an sshd in a namespace of its own needs root" >&2
    exit 77
  fi
  UTNT_SEALED=yes exec unshare --net --mount bash "$0" "$@"
fi
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need_agent
[[ -x /usr/sbin/sshd ]] || skip "sshd is not installed"
need ssh
need ssh-keygen
need jq
[[ $(readlink /proc/self/ns/net) != "$(readlink /proc/1/ns/net)" ]] || fail "this is the machine's own network"
ip link set lo up
mount -t tmpfs -o mode=0755 none /run
mkdir /run/sshd
agent=$(realpath "$(dirname "$UTNT")/utnt-node")
cd "$work" || exit
export XDG_STATE_HOME=$work/state
mkdir state
declare -A daemons=()

finish() {
  local lock daemon
  for daemon in "${daemons[@]}"; do kill "$daemon" 2>/dev/null || true; done
  for lock in "$work"/*/account/.local/state/utnt-node/agent.lock "$work"/*/spool/agent.lock; do
    [[ ! -e $lock ]] || kill "$(cat "$lock")" 2>/dev/null || true
  done
  for lock in "$work"/*/account; do umount "$lock" 2>/dev/null || true; done
  end_shared
}
# Shared connections stay for a minute otherwise, whatever becomes of the sshd that listens.
end_shared() {
  local socket
  for socket in "$work"/run/utnt-fleet-*/c-*; do
    if [[ -S $socket ]]; then ssh -o ControlPath="$socket" -O exit x 2>/dev/null || true; fi
  done
}
trap 'finish; end' EXIT

ssh-keygen -q -t ed25519 -N '' -C '' -f user
ssh-keygen -q -t ed25519 -N '' -C '' -f forced
ssh-keygen -q -t ed25519 -N '' -C '' -f stranger

# host NAME PORT [ENVIRONMENT]: a machine of that name: sshd, host key and home directory of its own.
host() {
  local name=$1 port=$2
  mkdir -p "$name/account"
  [[ -e $name/key ]] || ssh-keygen -q -t ed25519 -N '' -C '' -f "$name/key"
  [[ -e $name/authorized ]] || cp user.pub "$name/authorized"
  cat >"$name/sshd" <<CONFIG
Port $port
ListenAddress 127.0.0.1
HostKey $work/$name/key
AuthorizedKeysFile $work/$name/authorized
SetEnv HOME=$work/$name/account ${3:-}
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
LogLevel ERROR
CONFIG
  /usr/sbin/sshd -D -e -f "$name/sshd" 2>"$name/log" &
  daemons[$name]=$!
  for _ in {1..200}; do
    if [[ -n $(ssh-keyscan -p "$port" 127.0.0.1 2>/dev/null) ]]; then return; fi
    sleep 0.02
  done
  fail "the sshd of $name does not start: $(cat "$name/log")"
}
# node NAME PORT [LINE...]: its entry in an inventory.
node() {
  printf '[[node]]\nname = "%s"\nhost = "127.0.0.1"\nport = %s\nuser = "root"\ntenders = ["process"]\n' "$1" "$2"
  printf '%s\n' "${@:3}"
  [[ "$*" == *'key = '* ]] || printf 'key = "%s"\n' "$work/user"
  printf '[node.network]\nkind = "unix"\npeer = "%s"\naddress = "20.0.1.1/30"\ngateway = "20.0.1.2"\n' "$work/port"
}
fleet() { code=0; timeout 120 "$UTNT" fleet "$@" >out 2>err </dev/null || code=$?; }
expect() { [[ $code == "$1" ]] || fail "$2: exit $code: $(cat out err)"; }
# of NODE FILTER WHAT: what the check said of that node fits.
of() { jq -se "any(.[]; .type == \"check\" and .node == \"$1\" and ($2))" out >/dev/null || fail "$3: $(grep "\"node\":\"$1\"" out)"; }
lab_up php --unix "$work/port"

host plain 2201
host guarded 2202
host full 2203
mount -t tmpfs -o size=256k,mode=0700 none "$work/full/account"
mkdir fakes
printf '#!/bin/sh\necho aarch64\n' >fakes/uname
host other 2204 "PATH=$work/fakes:/usr/bin:/bin"
host old 2205
host closed 2206
host changed 2207
host shell 2208 "PATH=$work/bin:/usr/bin:/bin"
chmod +x fakes/uname
# The owner of `guarded` has installed the agent and lets one key speak to it, and to nothing else.
mkdir bin guarded/spool
chmod 700 guarded/spool
cp "$agent" bin/utnt-node
printf 'restrict,command="%s/bin/utnt-node relay --spool %s/guarded/spool" %s\n' "$work" "$work" "$(cat forced.pub)" >guarded/authorized
# That of `old` has an agent of some years ago: another record, another protocol.
cat >old/agent <<'AGENT'
#!/bin/sh
case $SSH_ORIGINAL_COMMAND in
*probe) cat >/dev/null; printf '{"type":"record","schema":0,"version":"utnt-node 0.0.7"}\n\n' ;;
*relay) cat "$0.hello"; sleep 5 ;;
*) echo 'utnt-node: this key may only ask for utnt-node relay, probe, rotate or version' >&2; exit 3 ;;
esac
AGENT
chmod +x old/agent
python3 - >old/agent.hello <<'PYTHON' || skip "python3 is not installed"
# A greeting as docs/reference/fleet.md describes a frame, of a protocol that nobody speaks any more.
import hashlib, struct, sys
text = b'{"protocol":0,"version":"utnt-node 0.0.7"}'
head = struct.pack('<4sBBBBIIIIQQ', b'UTFR', 1, 1, 0, 0, 0, len(text), 0, 0, 0, 0)
sys.stdout.buffer.write(head + hashlib.sha256(head + text).digest() + text)
PYTHON
printf 'restrict,command="%s/old/agent" %s\n' "$work" "$(cat forced.pub)" >old/authorized
: >closed/authorized
{
  node plain 2201
  node guarded 2202 "key = \"$work/forced\""
  node full 2203
  node other 2204
  node old 2205 "key = \"$work/forced\""
  node closed 2206
  node changed 2207
  node shell 2208 'agent = "installed"'
  node nobody 2209
} >all.toml

# Nobody is spoken to before somebody says that the keys are right.
fleet nodes check --inventory all.toml --json
expect 1 "no host key is pinned"
[[ $(jq -s 'map(select(.problem | test("host key is not pinned yet"))) | length' out) == 9 ]] || fail "unknown host keys: $(cat out)"
[[ ! -e plain/account/.cache ]] || fail "something was put on a node whose key nobody knows"

# Enrolled, each problem on its node, and none in the way of another.
fleet nodes check --inventory all.toml --enrol --json
expect 1 "some nodes are wrong"
of plain '.ok and .enrolled_now and .agent == "brought" and .record.guests.process.works' "a node as it should be"
of guarded '.ok and .enrolled_now and .agent == "installed" and .record.guests.process.works' "an agent behind a forced command"
of shell '.ok and .agent == "installed"' "an agent that its owner has installed"
of full '.problem | test("cannot be written to ~/.cache/utnt there; is there space")' "no space"
of other '.problem == "other: is a aarch64 machine, the agent is for x86_64; build one for it"' "another machine"
of old '.problem | test("no record of a node that is known here; is it utnt-node 0.0.7\\? Install utnt-node [0-9.]+ there")' "an old agent"
of closed '.problem | test("does not let us in: is the user right")' "a key that is not let in"
of changed '.ok' "a host before its key changes"
of nobody '.problem | test("cannot be reached: are host, port")' "a host that is not there"
[[ $(stat -c %a guarded/spool/node.key) == 600 ]] || fail "the installed agent's key"
[[ ! -e guarded/account/.cache ]] || fail "something was brought past a forced command: $(find guarded/account)"
[[ -z $(find full/account -name '.upload*') ]] || fail "half an agent is left on a full disk"
fleet nodes check --inventory all.toml --json
of plain '.ok and (.enrolled_now | not)' "a node as it should be, again"
of guarded '.ok and (.enrolled_now | not)' "an installed agent, again"

# Somebody else answers under the name of `changed`; forgotten and enrolled anew it is taken for what it is.
end_shared
kill "${daemons[changed]}"
wait "${daemons[changed]}" 2>/dev/null || true
rm changed/key
host changed 2207
{ node plain 2201; node changed 2207; } >two.toml
fleet nodes check --inventory two.toml --json
expect 1 "a changed host key"
of changed '.problem | test("host key is not the pinned one.*forget-host-key")' "a changed host key"
of plain .ok "the node beside it"
fleet nodes check --inventory two.toml --enrol --json
expect 1 "a changed host key, with --enrol"
of changed '.ok | not' "a changed host key, with --enrol"
cp state/utnt-fleet/known_hosts pins

# Under the policy wait a run ends as soon as it is clear that nothing will come of it, and says why; what others can do is done.
SECONDS=0
for wrong in changed other old closed; do
  fleet run 20.0.8.2 --inventory all.toml --nodes "$wrong" --json
  [[ $code == 1 || $code == 4 ]] || fail "a run on $wrong: exit $code: $(cat out err)"
  jq -se --arg n "$wrong" 'any(.[]; .type == "node" and .node == $n and .state == "given up")
    and any(.[]; .type == "job" and .state == "refused" and .reason == "no node" and (.detail | startswith($n + ": ")))' out >/dev/null ||
    fail "a run on $wrong: $(cat out)"
done
((SECONDS < 60)) || fail "four runs that cannot come to anything took $SECONDS s"
fleet run 20.0.8.2 --inventory all.toml --nodes old --json
jq -se 'any(.[]; .type == "alert" and .node == "old" and (.text | test("another version of the protocol; install this version there")))' out >/dev/null ||
  fail "an agent of another protocol: $(cat out)"
{ node changed 2207; node closed 2206; } >wrong.toml
fleet run 20.0.8.2 --inventory wrong.toml --count 0 --json
expect 4 "every node is given up"
fleet run 20.0.8.2 --inventory all.toml --nodes 'plain or nobody' --count 2 --pps 500 --give-up-after 3s --json
expect 1 "one of two nodes is there"
jq -se '(map(select(.type == "job" and .state == "done" and .node == "plain")) | length) == 1
  and (map(select(.type == "job" and .state == "refused" and .reason == "no node")) | length) == 1
  and any(.[]; .type == "node" and .node == "nobody" and .state == "down" and .next_try_s > 0 and .given_up_in_s > 0)' out >/dev/null ||
  fail "one of two nodes is there: $(cat out)"
fleet nodes forget-host-key changed --inventory all.toml
expect 0 forget-host-key
[[ $(grep -c . state/utnt-fleet/known_hosts) == $(($(grep -c . pins) - 1)) ]] || fail "forgotten: $(diff pins state/utnt-fleet/known_hosts)"
fleet nodes check --inventory two.toml --json
of changed '.problem | test("not pinned yet")' "after forgetting"
fleet nodes check --inventory two.toml --enrol --json
of changed .ok "enrolled anew"

# Work, past the forced command too: by detection, and as the inventory says.
{ node plain 2201; node guarded 2202 "key = \"$work/forced\""; } >work.toml
fleet run 20.0.8.2 --inventory work.toml --count 0 --pps 500 --campaign both
expect 0 "a run on both kinds"
grep -q '2 done, 0 refused, 0 failed' err || fail "a run on both kinds: $(cat err)"
sed 's/name = "guarded"/&\nagent = "installed"/' work.toml >said.toml
fleet run 20.0.8.2 --inventory said.toml --nodes guarded --pps 500 --campaign said
expect 0 "agent = installed"
fleet results --json
[[ $(jq -s '[.[] | select(.node == "guarded" and .complete)] | length' out) == 2 ]] || fail "results of the installed agent: $(cat out)"
[[ -z $(find guarded/spool/results guarded/spool/jobs -type f) ]] || fail "the spool holds $(ls -R guarded/spool)"
# Its key is rotated past the forced command as well; nothing else is done for it.
fleet nodes rotate guarded --inventory said.toml
expect 0 "rotate past a forced command"
fleet nodes check --inventory said.toml --json
of guarded .ok "after the rotation"
fleet audit
expect 0 "the signatures of all results"
code=0
ssh -F none -i forced -p 2202 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR root@127.0.0.1 \
  'touch /tmp/utnt-was-here; cat /etc/passwd' >out 2>err </dev/null || code=$?
[[ $code == 3 && ! -s out ]] || fail "another command past the forced one: exit $code: $(cat out err)"
[[ ! -e /tmp/utnt-was-here ]] || fail "it was carried out"
grep -q 'this key may only ask for utnt-node relay' err || fail "what it may: $(cat err)"
echo "passed: $(jq -r .node <(fleet nodes list --json; cat out) | tr '\n' ' ')"
