#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Breaks each house rule once in a scratch tree: a guard that finds nothing there would be worthless.
set -euo pipefail
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../tools" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
bad=0

# tree: a clean tree in $scratch/tree with one pure source file, its header and its test.
tree() {
  rm -rf "$scratch/tree"
  mkdir -p "$scratch/tree/src/wire" "$scratch/tree/src/emu" "$scratch/tree/src/core" "$scratch/tree/tools"
  cp "$tools/layers.txt" "$tools/tidy_exceptions.txt" "$scratch/tree/tools/"
  cd "$scratch/tree"
  printf '// SPDX-License-Identifier: BSD-2-Clause\n// A header.\n#pragma once\n' >src/wire/a.hpp
  printf '// SPDX-License-Identifier: BSD-2-Clause\n#include "wire/a.hpp"\n' >src/wire/a.cpp
  printf '// SPDX-License-Identifier: BSD-2-Clause\n#include "wire/a.hpp"\n' >src/wire/a_test.cpp
}
# expect TOOL TEXT: the tool fails on the tree and says TEXT.
expect() {
  local output
  if output=$("$tools/$1" "$scratch/tree" 2>&1); then
    echo "$1 accepts what it must refuse: $2"
    bad=1
  elif ! grep -qF "$2" <<<"$output"; then
    printf '%s says nothing of "%s" but:\n%s\n' "$1" "$2" "$output"
    bad=1
  fi
}
accept() { "$tools/$1" "$scratch/tree" || { echo "$1 refuses a clean tree"; bad=1; }; }

tree && accept check_layers && accept tidy
tree && echo '#include "core/engine.hpp"' >>src/wire/a.cpp && expect check_layers 'wire may not include "core/engine.hpp"'
tree && echo '#include <vector>' >>src/wire/a.hpp && expect check_layers 'wire is pure and may not include <vector>'
tree && echo '#include <sys/socket.h>' >>src/wire/a.cpp && expect check_layers 'may not include <sys/socket.h>'
tree && echo '#include "core/types.hpp"' >src/emu/b.cpp && expect check_layers 'emu may not include "core/types.hpp"'
tree && echo '#include <chrono>' >src/emu/b.cpp && expect check_layers 'emu may not include <chrono>'
tree && mkdir src/os_linux && echo '#include <unistd.h>' >src/os_linux/b.hpp && expect check_layers 'belongs in a .cpp file'
tree && mkdir src/os_linux && echo '#include <unistd.h>' >src/os_linux/b.cpp && accept check_layers
tree && mkdir src/report && echo '#include "core/engine.hpp"' >src/report/b.cpp && expect check_layers 'report may not include "core/engine.hpp"'
tree && echo 'auto t = std::chrono::steady_clock::now();' >src/emu/b.cpp && expect check_layers 'emu may not read a clock'
tree && mkdir src/new && echo '' >src/new/b.cpp && expect check_layers 'folder new is not in tools/layers.txt'
tree && rm src/wire/a_test.cpp && expect tidy 'no a.cpp test beside it'
tree && sed -i 1d src/wire/a.cpp && expect tidy 'not the licence line'
tree && printf '// SPDX-License-Identifier: BSD-2-Clause\n// Unused.\n' >src/wire/b.hpp && expect tidy 'nothing includes it'
tree && echo '// TO''DO' >>src/wire/a.cpp && expect tidy 'unfinished work'
tree && echo 'const char* p = "/ho''me/me/x";' >>src/wire/a.cpp && expect tidy 'a path of one machine'
tree && echo 'int x;  // NOL''INT' >>src/wire/a.cpp && expect tidy 'NOLINT without'
tree && yes 'int x;' | head -n 600 >>src/wire/a.cpp && expect tidy 'limit 500'
tree && { echo 'int f() {'; yes '  g();' | head -n 80; echo '}'; } >>src/wire/a.cpp && expect tidy 'a function of 82 lines'
tree && { echo 'namespace a {'; yes 'int g();' | head -n 80; echo '}'; } >>src/wire/a.cpp && accept tidy
tree && mkdir docs && echo '[there](no/such.md)' >docs/a.md && expect tidy 'link to no/such.md'
exit "$bad"
