# SPDX-License-Identifier: BSD-2-Clause
# Shared by the jobs of ./dev: a clean environment, Debian packages, timed stages. Sourced from the top of the tree.

root=$PWD
log_dir=$root/build/log
jobs=2
export LC_ALL=C.UTF-8
# Debian's tools first, whatever else this machine's PATH holds; and no flags that leak in from outside.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:${PATH:-}
unset CC CXX CFLAGS CXXFLAGS CPPFLAGS LDFLAGS CMAKE_GENERATOR CMAKE_PREFIX_PATH CMAKE_BUILD_TYPE LD_PRELOAD LD_LIBRARY_PATH
unset GTEST_FILTER GTEST_OUTPUT GTEST_SHUFFLE CTEST_OUTPUT_ON_FAILURE CTEST_PARALLEL_LEVEL
# The compiler cache stays in the tree unless the user has chosen a place.
export CCACHE_DIR=${CCACHE_DIR:-$root/build/.ccache} CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1

# A clone that another user owns is still this clone: git answers for it (the version number needs the commit).
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=$root

packages_build=(g++ cmake ninja-build ccache libcli11-dev libfmt-dev libspdlog-dev libtomlplusplus-dev
  nlohmann-json3-dev libcap-dev libmicrohttpd-dev libsqlite3-dev libsodium-dev libyaml-cpp-dev libzstd-dev pkg-config git)
packages_test=(clang libgtest-dev iproute2 nftables util-linux libcap2-bin scamper traceroute tshark tcpdump
  chromium man-db zsh fish qemu-system-x86 ipxe podman runc minisign openssl openssh-client openssh-server curl jq
  gnuplot-nox)

# need PACKAGE...: makes sure that the Debian packages are there.
need() {
  local package missing=()
  if ! command -v dpkg >/dev/null; then
    echo "not a Debian system: assuming that these packages' contents are installed: $*" >&2
    return 0
  fi
  for package in "$@"; do
    [[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" == installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    echo "packages are missing; run this as root, then try again:" >&2
    echo "  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
    exit 4
  fi
  local begin=$SECONDS
  mkdir -p "$log_dir"
  local apt=(apt-get -qq -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3)
  # An interrupted installation is finished first, and a package source that is not Debian's may be out of order: only
  # the installation itself has to work.
  if ! {
    export DEBIAN_FRONTEND=noninteractive
    dpkg --configure -a || true
    "${apt[@]}" update || true
    without_services "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
  } >"$log_dir/packages.log" 2>&1 </dev/null; then
    tail -n 15 "$log_dir/packages.log" >&2
    echo "apt-get could not install: ${missing[*]}" >&2
    exit 4
  fi
  report_stage packages ok $((SECONDS - begin)) "${#missing[@]} installed"
}

# without_services COMMAND...: an installation that starts no service and leaves sshd off: the tests start what they need, in
# namespaces of their own, and this machine shall not listen because somebody has tested.
without_services() (
  policy=/usr/sbin/policy-rc.d had_sshd=no
  [[ -e /usr/sbin/sshd ]] && had_sshd=yes
  if [[ ! -e $policy ]]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  "$@" || exit
  if [[ $had_sshd == no && -e /usr/sbin/sshd && -d /run/systemd/system ]]; then systemctl --quiet disable ssh.service || true; fi
)

# report_stage NAME STATE SECONDS [REMARK]: the one line that a stage prints.
report_stage() { printf '%-14s %-7s %5d s  %s\n' "$1" "$2" "$3" "${4:-}"; }

# build_preset PRESET [TARGET...]: configures and builds, output to the log of the preset.
build_preset() {
  local preset=$1
  shift
  mkdir -p "$log_dir"
  # A tree that was moved or copied has build directories that belong to another place.
  local cache=build/$preset/CMakeCache.txt
  if [[ -f $cache ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache"; then rm -rf "build/$preset"; fi
  cmake --preset "$preset" >"$log_dir/build-$preset.log" 2>&1 </dev/null || return 1
  ninja -C "build/$preset" -j "$jobs" "$@" >>"$log_dir/build-$preset.log" 2>&1 </dev/null
}

# build_or_exit PRESET [TARGET...]: the same with a line of its own; a build that failed or was interrupted ends the job.
build_or_exit() {
  local begin=$SECONDS
  if build_preset "$@"; then
    report_stage "build $1" ok $((SECONDS - begin))
  elif tail -n 2 "$log_dir/build-$1.log" | grep -q 'interrupted by user'; then
    report_stage "build $1" stopped $((SECONDS - begin)) "interrupted; the next time it goes on from here"
    exit 130
  else
    report_stage "build $1" FAILED $((SECONDS - begin)) "build/log/build-$1.log"
    show_build_errors "$1"
    exit 1
  fi
}

show_build_errors() {
  grep -nE 'error|FAILED|CMake Error|undefined reference' -A 3 "$log_dir/build-$1.log" | head -n 40 >&2 || tail -n 20 "$log_dir/build-$1.log" >&2
}

# sealed COMMAND...: runs it in a network namespace of its own that holds nothing but loopback. A program that may
# probe freely is only ever run this way.
sealed() {
  local unshare=(unshare --net)
  "${unshare[@]}" true 2>/dev/null || unshare=(unshare --user --map-root-user --net)
  "${unshare[@]}" -- bash -c 'ip link set lo up && exec "$@"' sealed "$@"
}
