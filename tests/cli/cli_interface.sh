#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The committed man pages and completions are what the option table says, and say what --help says.
# After a change of options: tests/cli/cli_interface.sh build/dev/bin/utnt --update
update=${2:-}
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
man=$source_root/docs/man
completions=$source_root/packaging/completions

# compare FILE ARGUMENT...: the committed file against the output of `utnt interface ARGUMENT...`.
compare() {
  local file=$1
  shift
  "$utnt" interface "$@" >wanted 2>err || fail "utnt interface $*"
  if [[ $update == --update ]]; then
    mkdir -p "$(dirname "$file")" && cp wanted "$file"
  elif ! diff -u "$file" wanted >difference; then
    fail "$file is out of date (tests/cli/cli_interface.sh PROGRAM --update)"
    head -20 difference
  fi
}

pages=$("$utnt" interface pages)
for page in $pages; do compare "$man/$page.1" man "$page"; done
compare "$completions/utnt.bash" bash
compare "$completions/_utnt" zsh
compare "$completions/utnt.fish" fish
for file in "$man"/*.1; do
  grep -qx "$(basename "$file" .1)" <<<"$pages" || fail "$file belongs to no command"
done

# Independently of the generator: every option that --help shows stands in the page and in every completion, and the
# page shows no other.
for command in trace dump demo doctor "lab up" "lab exec" "lab score" "lab truth" "lab list" "lab down"; do
  page=$man/utnt-${command%% *}.1
  "$utnt" $command --help | grep -oE '(^|[ ,])--[a-z][a-z-]*' | tr -d ' ,' | sort -u | grep -vx -e --help-all >options
  [[ -s options ]] || fail "utnt $command --help shows no option"
  while read -r option; do
    grep -qF -- "${option//-/\\-}" "$page" || fail "$option of utnt $command is missing in $page"
    grep -qF -- "$option" "$completions/utnt.bash" || fail "$option of utnt $command is missing in utnt.bash"
    grep -qF -- "$option" "$completions/_utnt" || fail "$option of utnt $command is missing in _utnt"
    grep -qF -- "-l ${option#--}" "$completions/utnt.fish" || fail "$option of utnt $command is missing in utnt.fish"
  done <options
done
"$utnt" trace --help | grep -oE -- '--[a-z][a-z-]+' | sort -u >help_options
sed -E 's/\\f[A-Z]//g; s/\\//g' "$man/utnt-trace.1" | sed -n '/^.SH OPTIONS/,/^.SH NOTES/p' | grep -oE -- '--[a-z][a-z-]+' | sort -u >page_options
extra=$(comm -13 help_options page_options)
[[ -z $extra ]] || fail "utnt-trace.1 knows options that --help does not: $extra"

# The bash completion at work.
bash -n "$completions/utnt.bash" || fail "utnt.bash is no valid script"
complete_line() {
  bash -c 'compopt() { :; }; source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _utnt; echo "${COMPREPLY[@]}"' \
    bash "$completions/utnt.bash" "$@"
}
[[ $(complete_line utnt tr) == trace ]] || fail "completion of 'utnt tr'"
[[ $(complete_line utnt trace --rules '') == "utnt tnt" ]] || fail "completion of 'utnt trace --rules '"
[[ $(complete_line utnt trace --ch) == --checkpoint ]] || fail "completion of 'utnt trace --ch'"
[[ $(complete_line utnt trace --checkpoint '') == "" ]] || fail "completion of 'utnt trace --checkpoint ' is left to file names"
[[ $(complete_line utnt lab dow) == down ]] || fail "completion of 'utnt lab dow'"
if command -v zsh >/dev/null; then zsh -n "$completions/_utnt" || fail "_utnt is no valid script"; fi
if command -v fish >/dev/null; then fish -n "$completions/utnt.fish" || fail "utnt.fish is no valid script"; fi
if command -v man >/dev/null; then
  for page in $pages; do
    LC_ALL=C.UTF-8 MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 "$man/$page.1" >/dev/null 2>err || fail "$page.1 does not format"
    [[ ! -s err ]] || fail "$page.1: $(head -1 err)"
  done
fi

finish
