# SPDX-License-Identifier: BSD-2-Clause
# ./dev fuzz [SECONDS]: each fuzz target for that long, two at a time. New inputs stay in build/fuzz-corpus; an input
# that breaks something is printed and kept in build/fuzz-findings, from where it belongs into fuzz/corpus.
seconds=${1:-60}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "fuzz: \"$seconds\" is not a number of seconds" >&2; exit 2; }
need "${packages_build[@]}" clang lld libclang-rt-14-dev llvm libgtest-dev
build_or_exit fuzz fuzz_targets
shopt -s nullglob
targets=(build/fuzz/fuzz/*_fuzz)
((${#targets[@]})) || { echo "fuzz: no fuzz targets were built" >&2; exit 1; }

fuzz_one() {
  local program=$1 seconds=$2 name
  name=$(basename "$program" _fuzz)
  mkdir -p "build/fuzz-corpus/$name" "build/fuzz-findings/$name"
  if "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="build/fuzz-findings/$name/" "build/fuzz-corpus/$name" "fuzz/corpus/$name" \
    >"build/log/fuzz-$name.log" 2>&1; then
    printf '%-28s ok      %s runs\n' "$name" "$(sed -n 's/^stat::number_of_executed_units: *//p' "build/log/fuzz-$name.log")"
  else
    printf '%-28s FAILED  build/log/fuzz-%s.log, build/fuzz-findings/%s\n' "$name" "$name" "$name"
    grep -E 'ERROR:|SUMMARY:|assertion failed' "build/log/fuzz-$name.log" | head -n 5
    return 1
  fi
}
export -f fuzz_one
printf '%s\0' "${targets[@]}" | xargs -0 -P "$jobs" -I '{}' bash -c 'fuzz_one "$1" "$2"' fuzz '{}' "$seconds"
