#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Two builds of the images, identical bytes: the sources are copied to another directory, of another depth, and built there
# with other flags (those of a debug build) and without the compiler's cache; the results are compared with those of BUILD.
# The commit that an image names is a part of its source, so the copy is told the one of BUILD.
# usage: image_reproducible.sh BUILD_DIRECTORY
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=$(realpath "$1")
compiler=$(sed -n 's/^CMAKE_CXX_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
commit=$(sed -n 's/.*UTNT_VERSION_COMMIT "\(.*\)"/\1/p' "$build/src/apps/version_build.hpp")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
copy=$place/another/place
mkdir -p "$copy/tests"
cp -r CMakeLists.txt cmake src examples "$copy/"
cp -r tests/scenarios "$copy/tests/"  # the build of the program beside the image asks for them

export CCACHE_DISABLE=1
cmake -S "$copy" -B "$copy/b" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g1" \
  -DUTNT_TESTS=OFF -DUTNT_COMMIT="$commit" >"$place/log" 2>&1 || { tail -n 20 "$place/log"; exit 1; }
ninja -C "$copy/b" -j2 utnt_elf utnt_process utnt_tender_program >"$place/log" 2>&1 || { tail -n 30 "$place/log"; exit 1; }
for file in image/utnt.elf image/utnt-process bin/utnt-tender; do
  cmp "$build/$file" "$copy/b/$file" || { echo "$file depends on where and how it is built" >&2; exit 1; }
  echo "$file: $(sha256sum <"$copy/b/$file" | cut -d' ' -f1)"
done
