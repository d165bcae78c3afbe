# SPDX-License-Identifier: BSD-2-Clause
# ./dev soak [MINUTES]: what is too long for every change: thread sanitizer, valgrind, seeds nobody has tried, a thousand
# kills of a campaign, every process of a fleet killed at every place, a million wake-ups, ten thousand destinations in a
# virtual machine, long fuzzing. A failure prints its seed; a seed that failed goes into tests/support/failed_seeds.txt.
minutes=${1:-30}
[[ $minutes =~ ^[1-9][0-9]*$ ]] || { echo "soak: \"$minutes\" is not a number of minutes" >&2; exit 2; }
need "${packages_build[@]}" "${packages_test[@]}" lld libclang-rt-14-dev llvm valgrind
mkdir -p "$log_dir"
failures=0

soak_stage() {
  local name=$1 begin=$SECONDS
  shift
  if "$@" >"$log_dir/soak-$name.log" 2>&1 </dev/null; then
    report_stage "$name" ok $((SECONDS - begin)) "$(grep -E 'tests passed' "$log_dir/soak-$name.log" | tail -n 1)"
  else
    failures=$((failures + 1))
    report_stage "$name" FAILED $((SECONDS - begin)) "build/log/soak-$name.log"
    grep -E '(replay:|\*\*\*|WARNING: ThreadSanitizer|ERROR:|FAILED)' "$log_dir/soak-$name.log" | head -n 30 >&2 || true
  fi
}
soak_ctest() {
  local preset=$1
  shift
  ctest --test-dir "build/$preset" -j "$jobs" --timeout 3000 --output-on-failure --no-tests=error "$@"
}
# Fresh seeds in rounds, until their share of the time is over; one failing round ends it.
fresh_seeds() {
  local end=$((SECONDS + minutes * 60 / 3)) round=0
  while ((SECONDS < end)); do
    round=$((round + 1))
    echo "round $round"
    UTNT_FRESH_SEEDS=200 soak_ctest dev -R '^Property\.' || return 1
    UTNT_FRESH_SEEDS=20 soak_ctest dev -L '^sim$' || return 1
  done
}
valgrind_pure() {
  local program
  for program in base_test wire_test core_test report_test; do
    [[ -x build/dev/tests/$program ]] || continue
    valgrind --quiet --error-exitcode=9 --leak-check=full "build/dev/tests/$program" --gtest_brief=1 || return 1
  done
}

build_or_exit tsan
soak_stage tsan soak_ctest tsan -LE '^(guard|fuzz)$'
build_or_exit dev all images
soak_stage fresh-seeds fresh_seeds
soak_stage valgrind valgrind_pure
soak_stage wake-ups env UTNT_WAKE_UPS=1000000 build/dev/tests/virtual_machine_test --gtest_brief=1 --gtest_filter='*WakeUps*'
soak_stage wake-ups-qemu env UTNT="$root/build/dev/bin/utnt" tests/cli/image_wake_ups.sh build/dev/bin/utnt 1000000
soak_stage kills tests/cli/trace_checkpoint.sh build/dev/bin/utnt 1000
soak_stage fleet-faults env UTNT_FAULT_WALK=all build/dev/tests/fleet_faults_test
soak_stage fleet-web env UTNT="$root/build/dev/bin/utnt" tests/cli/fleet_http_kill.sh build/dev/bin/utnt 100
soak_stage fleet-kills env UTNT_FAULT_WALK=all build/dev/tests/fleet_kills_test
soak_stage machine-10000 env UTNT="$root/build/dev/bin/utnt" tests/soak/run_qemu_many.sh
targets=(fuzz/*_fuzz.cpp)
per_target=$((minutes * 60 / 3 * jobs / (${#targets[@]} > 0 ? ${#targets[@]} : 1)))
soak_stage fuzz ./dev fuzz $((per_target > 10 ? per_target : 10))
((failures == 0))
