# SPDX-License-Identifier: BSD-2-Clause
# ./dev build [PRESET]: one preset, ready in build/PRESET.
preset=${1:-dev}
need "${packages_build[@]}" "${packages_test[@]}"
build_or_exit "$preset"
echo "programs: build/$preset/bin"
