# SPDX-License-Identifier: BSD-2-Clause
# ./dev test [STAGE...]: all that continuous integration runs, cheapest first. Each stage appends one line a test to
# results.txt ("passed NAME", "failed NAME", "skipped NAME"); the closing line counts those lines and nothing else.
budget_seconds=2400
unset UTNT_SEED UTNT_FRESH_SEEDS UTNT_KILLS
stages=(guards freestanding asan fuzz-corpora release)
(($#)) && stages=("$@")
results=$log_dir/results.txt

# run_ctest STAGE PRESET [PREFIX COMMAND...] -- CTEST ARGUMENT...: runs tests of a built preset and records each of them.
run_ctest() {
  local stage=$1 preset=$2 prefix=()
  shift 2
  while [[ $1 != -- ]]; do
    prefix+=("$1")
    shift
  done
  shift
  local junit=$log_dir/$stage.xml
  rm -f "$junit"
  "${prefix[@]}" ctest --test-dir "$root/build/$preset" -j "$jobs" --timeout 300 --output-on-failure --no-tests=error \
    --output-junit "$junit" "$@" >"$log_dir/$stage.log" 2>&1 </dev/null || true
  if ! grep -q '<testcase ' "$junit" 2>/dev/null; then
    echo "failed $stage:no-test-ran" >>"$results"
    return
  fi
  awk -v stage="$stage" -f tools/dev/junit.awk "$junit" >>"$results"
}

# built STAGE PRESET [TARGET...]: builds, and records a failed build as a failed test of the stage.
built() {
  local stage=$1
  shift
  if build_preset "$@"; then return 0; fi
  echo "failed $stage:build-$1" >>"$results"
  show_build_errors "$1"
  return 1
}

stage_guards() {
  built guards asan configure_only || return 0
  run_ctest guards asan -- -L '^guard$'
}

stage_freestanding() {
  local preset
  for preset in freestanding freestanding-clang; do
    built freestanding "$preset" || continue
    run_ctest "$preset" "$preset" --
  done
}

stage_asan() {
  built asan asan || return 0
  run_ctest asan asan -- -LE '^(guard|fuzz|soak)$'
}

stage_fuzz-corpora() {
  built fuzz-corpora asan fuzz_targets || return 0
  run_ctest fuzz-corpora asan -- -L '^fuzz$'
}

# The image of a machine holds Debian's kernel, whose package is downloaded once and not installed. Without it the tests that
# want one are skipped, and say so.
machine_image() {
  local folder=$root/build/kernel debs attempt
  mkdir -p "$folder"
  debs=("$folder"/linux-image-*.deb)
  if [[ ! -e ${debs[0]} ]]; then
    local package=''
    for attempt in 1 2; do
      package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
      [[ -z $package && $attempt == 1 ]] || break
      apt-get -qq update || true
    done
    [[ -n $package ]] || return 0
    (cd "$folder" && apt-get -qq -o APT::Sandbox::User=root -o Acquire::Retries=3 download "$package") || return 0
    debs=("$folder"/linux-image-*.deb)
  fi
  packaging/fleet/utnt-fleet-image vm "build/$1/image/utnt-vm.tar" --prober "build/$1/bin/utnt-prober" --kernel "${debs[0]}" || true
}

# The release program may probe freely, so everything here runs in a namespace that holds nothing but loopback.
stage_release() {
  built release release end_to_end || return 0
  if ! sealed true 2>"$log_dir/release.log"; then
    echo "failed release:sealed-namespace" >>"$results"
    echo "release: no network namespace of its own can be made here (unshare --net), see build/log/release.log" >&2
    return 0
  fi
  machine_image release >"$log_dir/machine-image.log" 2>&1
  run_ctest release release sealed -- -L '^cli$'
}

# Skips are named; under CI each needs a line in tests/allowed_skips.txt, or it counts as a failure.
judge_skips() {
  local name
  while read -r _ name; do
    if [[ ${CI:-} != true ]]; then
      echo "skipped: $name" >&2
    elif ! awk -v name="${name#*:}" '!/^#/ && NF > 1 && $1 == name {found = 1} END {exit !found}' tests/allowed_skips.txt; then
      echo "skipped without a line in tests/allowed_skips.txt: $name" >&2
      echo "failed $name" >>"$results.judged"
      continue
    fi
    echo "skipped $name" >>"$results.judged"
  done < <(grep '^skipped ' "$results" || true)
}

run_stage() {
  local stage=$1 begin=$SECONDS before failures
  before=$(wc -l <"$results")
  "stage_$stage"
  local lines
  lines=$(tail -n "+$((before + 1))" "$results")
  failures=$(grep -c '^failed ' <<<"$lines" || true)
  local state=ok
  ((failures == 0)) || state=FAILED
  report_stage "$stage" "$state" $((SECONDS - begin)) "$(grep -c . <<<"$lines" || true) tests"
  if ((failures)); then
    grep '^failed ' <<<"$lines" | head -n 30 | sed 's/^/  /' >&2
    local log
    for log in "$log_dir/$stage"*.log; do
      [[ -s $log ]] && grep -E '(Failure|\*\*\*Failed|\*\*\*Timeout|error:|tidy:|layers:|symbols:|replay:)' -A 4 "$log" | head -n 60 >&2 || true
    done
  fi
}

need "${packages_build[@]}" "${packages_test[@]}"
mkdir -p "$log_dir"
: >"$results"
: >"$results.judged"
begin_all=$SECONDS
for stage in "${stages[@]}"; do
  declare -F "stage_$stage" >/dev/null || { echo "no such stage: $stage" >&2; exit 2; }
done
for stage in "${stages[@]}"; do run_stage "$stage"; done
total=$((SECONDS - begin_all))
judge_skips
if ((total > budget_seconds)); then
  echo "the test job took $total s, more than its budget of $budget_seconds s" >&2
  echo "failed time-budget" >>"$results"
fi
report_stage total "" "$total"
passed=$(grep -c '^passed ' "$results" || true)
failed=$(cat "$results" "$results.judged" | grep -c '^failed ' || true)
skipped=$(grep -c '^skipped ' "$results.judged" || true)
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0 && passed > 0))
