#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The life of the package inside a scratch Debian, as its root: install, run, upgrade, purge. Run by ./dev package.
set -eu
echo "package: scratch system is up"
export DEBIAN_FRONTEND=noninteractive
fail() {
  echo "package: FAILED: $1"
  exit 1
}
# The program may probe freely once installed, so it only runs with no network at all.
offline() { unshare --net -- "$@"; }

# The fleet with this machine as its node: the agent is found beside the program, the images where the package put them.
fleet_here() {
  status=0
  utnt lab up php --unix /tmp/lab/port
  utnt fleet run 20.0.8.2 --net unix:/tmp/lab/port --ip 20.0.1.1/30 --gateway 20.0.1.2 && utnt fleet export -o /tmp/lab/fleet.jsonl &&
    utnt fleet audit && utnt fleet nodes check || status=$?
  kill "$(cat /tmp/lab/state/utnt-fleet/spool-localhost/agent.lock)"
  utnt lab down
  return $status
}
if [ "${1:-}" = fleet ]; then
  fleet_here
  exit
fi

apt-get update -qq
find / -xdev \( -path /proc -o -path /sys -o -path /tmp -o -path /var -o -path /etc \) -prune -o -name '*utnt*' -print >/tmp/before
apt-get install -y -qq --no-install-recommends /tmp/test/first.deb
[ "$(getcap /usr/bin/utnt)" = "/usr/bin/utnt cap_net_raw=ep" ] || fail "the capability is not set: $(getcap /usr/bin/utnt)"
[ ! -u /usr/bin/utnt ] || fail "the program is setuid"
offline utnt --version || fail "utnt --version"
offline setpriv --reuid=65534 --regid=65534 --clear-groups utnt demo >/tmp/demo.txt || fail "utnt demo as nobody"
# The image and its tender: one story again inside the unikernel, as nobody and without a network.
for file in /usr/lib/utnt/utnt-process /usr/lib/utnt/utnt.elf /usr/lib/utnt/utnt-container.tar /usr/lib/utnt/utnt-prober \
  /usr/lib/utnt/utnt-fleet-image /usr/libexec/utnt/utnt-tender /usr/bin/utnt-node; do
  [ -s "$file" ] || fail "$file is not there"
  case $(stat -c %u:%g:%a "$file") in 0:0:755 | 0:0:644) ;; *) fail "$file: $(stat -c '%u:%g %A' "$file")" ;; esac
done
grep -q '^Again inside the unikernel, in real time (process)' /tmp/demo.txt || fail "the demo knows no image"
grep -q '^    the class, both ends and every router are right' /tmp/demo.txt || fail "the image sees another network"
# And `utnt run` by hand, against a lab over a Unix socket.
mkdir -m 700 /tmp/lab
export XDG_RUNTIME_DIR=/tmp/lab
offline sh -c 'utnt lab up php --unix /tmp/lab/port && utnt run -q 20.0.8.2 -o /tmp/lab/out.jsonl; status=$?; utnt lab down; exit $status' ||
  fail "utnt run"
grep -q '"class":"invisible_php"' /tmp/lab/out.jsonl || fail "utnt run finds no tunnel"

# The fleet with this machine as its node, as nobody.
chown -R 65534:65534 /tmp/lab
XDG_STATE_HOME=/tmp/lab/state offline setpriv --reuid=65534 --regid=65534 --clear-groups sh "$0" fleet || fail "utnt fleet as nobody"
grep -q '"class":"invisible_php"' /tmp/lab/fleet.jsonl || fail "utnt fleet finds no tunnel"
rm -r /tmp/lab
/usr/lib/utnt/utnt-fleet-image container /tmp/container.tar || fail "utnt-fleet-image"
cmp /tmp/container.tar /usr/lib/utnt/utnt-container.tar || fail "the image for containers is another one"
rm /tmp/container.tar
for file in utnt-node.service authorized_keys.example paper.events paper-full.events; do
  [ -s "/usr/share/doc/utnt/examples/$file" ] || fail "no example $file"
done
# The service starts what is there, and no page leads to one that is not.
grep -q '^ExecStart=/usr/bin/utnt-node agent ' /usr/share/doc/utnt/examples/utnt-node.service || fail "the service starts something else"
utnt-node version || fail "utnt-node version"
find /usr/share/doc/utnt -name '*.md' | while read -r page; do
  grep -oE '\]\([^)#]+' "$page" | cut -c3- | grep -v '^http' | while read -r link; do
    [ -e "${page%/*}/$link" ] || echo "$page leads to $link"
  done
done >/tmp/links
[ ! -s /tmp/links ] || fail "$(cat /tmp/links)"

for page in utnt utnt-run utnt-fleet; do [ -s "/usr/share/man/man1/$page.1.gz" ] || fail "no man page of $page"; done
for file in bash-completion/completions/utnt zsh/vendor-completions/_utnt fish/vendor_completions.d/utnt.fish; do
  grep -q fleet "/usr/share/$file" || fail "no completion of the fleet: $file"
done
[ -s /usr/share/doc/utnt/copyright ] || fail "no licence"

apt-get install -y -qq --no-install-recommends /tmp/test/next.deb
dpkg-query -W -f '${Version}\n' utnt | grep -q '^999' || fail "not upgraded"
[ "$(getcap /usr/bin/utnt)" = "/usr/bin/utnt cap_net_raw=ep" ] || fail "the capability is lost after an upgrade"
offline utnt --version || fail "utnt --version after the upgrade"

apt-get purge -y -qq utnt
find / -xdev \( -path /proc -o -path /sys -o -path /tmp -o -path /var -o -path /etc \) -prune -o -name '*utnt*' -print >/tmp/after
cmp /tmp/before /tmp/after || fail "files are left behind: $(cat /tmp/after)"
echo "package: all well"
