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

apt-get update -qq
find / -xdev \( -path /proc -o -path /sys -o -path /tmp -o -path /var -o -path /etc \) -prune -o -name '*utnt*' -print >/tmp/before
apt-get install -y -qq --no-install-recommends /tmp/test/first.deb
[ "$(getcap /usr/bin/utnt)" = "/usr/bin/utnt cap_net_raw=ep" ] || fail "the capability is not set: $(getcap /usr/bin/utnt)"
[ ! -u /usr/bin/utnt ] || fail "the program is setuid"
offline utnt --version || fail "utnt --version"
offline setpriv --reuid=65534 --regid=65534 --clear-groups utnt demo >/tmp/demo.txt || fail "utnt demo as nobody"
# The image and its tender: one story again inside the unikernel, as nobody and without a network.
for file in /usr/lib/utnt/utnt-process /usr/lib/utnt/utnt.elf /usr/libexec/utnt/utnt-tender; do
  [ -s "$file" ] || fail "$file is not there"
  case $(stat -c %u:%g:%a "$file") in 0:0:755 | 0:0:644) ;; *) fail "$file: $(stat -c '%u:%g %A' "$file")" ;; esac
done
grep -q '^Again inside the unikernel, in real time (process)' /tmp/demo.txt || fail "the demo knows no image"
grep -q '^    the class, both ends and every router are right' /tmp/demo.txt || fail "the image sees another network"
[ -s /usr/share/doc/utnt/docs/security.md ] && [ -s /usr/share/doc/utnt/docs/reference/tender.md ] || fail "no documentation of the images"
# And `utnt run` by hand, against a lab over a Unix socket.
mkdir -m 700 /tmp/lab
export XDG_RUNTIME_DIR=/tmp/lab
offline sh -c 'utnt lab up php --unix /tmp/lab/port && utnt run -q 20.0.8.2 -o /tmp/lab/out.jsonl; status=$?; utnt lab down; exit $status' ||
  fail "utnt run"
grep -q '"class":"invisible_php"' /tmp/lab/out.jsonl || fail "utnt run finds no tunnel"
rm -r /tmp/lab

[ -s /usr/share/man/man1/utnt.1.gz ] || fail "no man page"
[ -s /usr/share/bash-completion/completions/utnt ] || fail "no bash completion"
[ -s /usr/share/doc/utnt/copyright ] || fail "no licence"

apt-get install -y -qq --no-install-recommends /tmp/test/next.deb
dpkg-query -W -f '${Version}\n' utnt | grep -q '^999' || fail "not upgraded"
[ "$(getcap /usr/bin/utnt)" = "/usr/bin/utnt cap_net_raw=ep" ] || fail "the capability is lost after an upgrade"
offline utnt --version || fail "utnt --version after the upgrade"

apt-get purge -y -qq utnt
find / -xdev \( -path /proc -o -path /sys -o -path /tmp -o -path /var -o -path /etc \) -prune -o -name '*utnt*' -print >/tmp/after
cmp /tmp/before /tmp/after || fail "files are left behind: $(cat /tmp/after)"
echo "package: all well"
