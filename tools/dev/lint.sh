# SPDX-License-Identifier: BSD-2-Clause
# ./dev lint: format, then the static analysers. Slower and noisier than the tests, so a job of its own.
need "${packages_build[@]}" clang clang-tidy clang-format cppcheck shellcheck libgtest-dev
mkdir -p "$log_dir"
mapfile -t sources < <(find src tests fuzz bench examples -name '*.[ch]pp' 2>/dev/null | sort)
mapfile -t units < <(find src -name '*.cpp' ! -name '*_test.cpp' | sort)
failures=0

lint_stage() {
  local name=$1 begin=$SECONDS
  shift
  if "$@" >"$log_dir/lint-$name.log" 2>&1; then
    report_stage "$name" ok $((SECONDS - begin))
  else
    failures=$((failures + 1))
    report_stage "$name" FAILED $((SECONDS - begin)) "build/log/lint-$name.log"
    grep -E '(warning|error):' "$log_dir/lint-$name.log" | sort -u | head -n 40 >&2 || tail -n 10 "$log_dir/lint-$name.log" >&2
  fi
}
# The commands are those of g++, which knows warnings that clang does not.
run_clang_tidy() {
  printf '%s\0' "${units[@]}" | xargs -0 -P "$jobs" -n 4 clang-tidy --quiet -p build/dev --extra-arg=-Wno-unknown-warning-option
}
run_cppcheck() {
  cppcheck --quiet --std=c++20 --language=c++ --inline-suppr --error-exitcode=1 -j "$jobs" -Isrc -DUTNT_SEALED_ONLY \
    --enable=warning,performance,portability --suppressions-list=tools/cppcheck_suppressions.txt "${units[@]}"
}

# The jobs of ./dev share variables by being sourced; shellcheck reads them one by one.
run_shellcheck() {
  shellcheck -s bash -S warning -e SC2154,SC2034,SC1090 dev .ci/run tools/dev/*.sh tools/tidy tools/tidy.d/run tools/check_* \
    bench/*.sh tests/*/*.sh tests/*/*.inc tests/golden/*/*.sh packaging/fleet/utnt-fleet-image &&
    shellcheck -s sh -S warning packaging/deb/postinst packaging/deb/test.sh
}

build_or_exit dev utnt
lint_stage shellcheck run_shellcheck
lint_stage clang-format clang-format --dry-run --Werror "${sources[@]}"
lint_stage cppcheck run_cppcheck
lint_stage clang-tidy run_clang_tidy
((failures == 0))
