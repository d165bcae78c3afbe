#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Destinations, block lists, scenarios and options that cannot be used: a clear message, the documented exit code.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"

run trace
expect 2 "no destination"
says err "no destination" "no destination"

run trace --emulate php -f missing
expect 2 "missing file"
says err "missing: No such file" "missing file"

: >empty
run trace --emulate php -f empty
expect 2 "empty file"
printf '# only a comment\n\n' >comments
run trace --emulate php -f comments
expect 2 "file of comments"
run trace --emulate php -f .
expect 2 "a directory as file"
says err "directory" "a directory as file"

head -c 100000 /dev/zero >zeros
run trace --emulate php -f zeros
expect 2 "binary file"
says err "zeros:1:" "binary file"
head -c 65536 "$utnt" >binary
run trace --emulate php -f binary
expect 2 "program as target file"
if LC_ALL=C grep -q '[^[:print:][:space:]]' err; then fail "a binary file puts control characters on the terminal"; fi

printf '20.0.8.2\n20.0.8\nexample.com\n20.0.8.2\n2600::1\n10.0.0.1\n20.0.8.2 # again\n' >mixed
run trace --emulate php -f mixed -o mixed.jsonl
expect 1 "mixed file"
for text in 'mixed:2: "20.0.8"' 'mixed:3: "example.com"' 'mixed:5: 2600::1' 'mixed:6: 10.0.0.1' \
  "2 duplicate, 2 malformed, 1 not supported, 1 reserved"; do
  says err "$text" "mixed file"
done
valid_jsonl mixed.jsonl "mixed file"
[[ $(grep -c '"type":"trace"' mixed.jsonl) -eq 1 ]] || fail "mixed file: not one trace"

run trace --emulate php 10.0.0.1
expect 5 "only reserved destinations"
says err "--allow-reserved" "only reserved destinations"
run trace --emulate php 10.0.0.1 --allow-reserved --quiet
expect 0 "reserved destination when asked for"

yes 20.0.8.2 | head -n 200000 >huge
{ echo; head -c 5000000 /dev/zero | tr '\0' 7; } >>huge
run trace --emulate php -f huge -o huge.jsonl
expect 1 "huge file with an endless line"
says err "199999 duplicate, 1 malformed" "huge file"

addresses 300000 >many
printf '20.0.0.0/8\n' >all
run trace --emulate php -f many --block-list all
expect 5 "everything blocked"

printf '20.0.8.0/24\nnonsense\n' >bad_list
run trace --emulate php --block-list bad_list
expect 2 "block list with a bad line"
says err "bad_list:2:" "block list with a bad line"
run trace --emulate php --block-list missing
expect 2 "missing block list"

# The block list binds every stage: without 20.0.6.2 the tunnel's egress is neither pinged nor traced to.
printf '20.0.6.2\n' >egress
run trace --emulate php --block-list egress --format jsonl
expect 0 "blocked egress"
lacks out '"type":"ping","schema":1,"trace":1,"user_id":1,"source":"20.0.1.1","address":"20.0.6.2"' "blocked egress"
lacks out '"source":"20.0.1.1","destination":"20.0.6.2"' "blocked egress"

run trace --emulate nonsense
expect 2 "unknown scenario"
says err "utnt lab list" "unknown scenario"
printf 'title = 3\n[as.x]\nspeed = "high"\n' >wrong.toml
run trace --emulate wrong.toml
expect 2 "wrong scenario file"
says err "wrong.toml:" "wrong scenario file"
run trace --emulate missing.toml
expect 2 "missing scenario file"

for arguments in "--probe-window 4" "--gap 4" "--attempts 2" "--timeout 500" "--max-ttl 30" "--flow 1" "--doubletree" \
  "--attribution https://example.net/p"; do
  run trace --emulate php --rules tnt $arguments
  expect 2 "--rules tnt $arguments"
  says err "contradicts --rules tnt" "--rules tnt $arguments"
done
run trace --emulate php --rules tnt --gap 5 --quiet
expect 0 "--rules tnt with the value it has anyway"

for arguments in "--append" "--force" "-o x --append --force" "--checkpoint c" "-o x --checkpoint c --append" \
  "--first-ttl 9 --max-ttl 3" "--attribution nonsense" "--source 20.0.1.1" "--format warts"; do
  run trace --emulate php $arguments
  expect 2 "contradictory options: $arguments"
  [[ ! -e x ]] || fail "contradictory options created a file: $arguments"
done
run trace 20.0.8.2 --emulate-loss 10
expect 2 "--emulate-loss without --emulate"

finish
