# SPDX-License-Identifier: BSD-2-Clause
# Shared by the scripts of this folder: a scratch directory, a way to run the program, and checks that count failures.
# Source it with the program's path as first argument. The program only ever runs with --emulate, or without any
# network: in a namespace of its own that has no interface.
set -u
utnt=$(readlink -f "$1")
source_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
failures=0

# run ARGUMENT...: the program with its streams in out and err, its exit code in $code.
run() {
  "$utnt" "$@" >out 2>err </dev/null
  code=$?
}

fail() {
  failures=$((failures + 1))
  echo "FAILED: $*"
  if [[ -s err ]]; then sed 's/^/    err: /' err | head -5; fi
}

# expect CODE WHAT: the exit code of the last run.
expect() { [[ $code -eq $1 ]] || fail "$2: exit code $code instead of $1"; }
# says WHERE TEXT WHAT: that file (out, err ...) contains the text.
says() { grep -qF -- "$2" "$1" || fail "$3: \"$2\" is not in $1"; }
# lacks WHERE TEXT WHAT
lacks() { ! grep -qF -- "$2" "$1" || fail "$3: \"$2\" is in $1"; }
# is_empty FILE WHAT
is_empty() { [[ ! -s $1 ]] || fail "$2: $1 is not empty"; }

# addresses COUNT: that many different destinations, most of which nobody answers for.
addresses() {
  local i
  for ((i = 0; i < $1; i++)); do echo "20.$((i / 65536)).$((i / 256 % 256)).$((i % 256))"; done
}

# valid_jsonl FILE WHAT: every line can be read, by our reader and as JSON by its shape.
valid_jsonl() {
  "$utnt" dump --format jsonl "$1" >dump.out 2>dump.err || fail "$2: dump of $1: $(head -1 dump.err)"
  [[ $(wc -l <dump.out) -eq $(wc -l <"$1") ]] || fail "$2: dump lost lines of $1"
}

# finish: the result of the script.
finish() {
  [[ $failures -eq 0 ]] && echo "passed" && exit 0
  echo "$failures checks failed"
  exit 1
}
