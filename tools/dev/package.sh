# SPDX-License-Identifier: BSD-2-Clause
# ./dev package: the .deb in build/package, then its life in a scratch Debian: install, run, upgrade, purge.
need "${packages_build[@]}" libgtest-dev dpkg-dev file libcap2-bin mmdebstrap
build_or_exit release end_to_end man_pages
out=$root/build/package
rm -rf "$out"
mkdir -p "$out"

# make_package DIRECTORY [CPACK OPTION...]
make_package() {
  local directory=$1
  shift
  (cd build/release && cpack -G DEB -B "$directory" "$@") >>"$log_dir/package.log" 2>&1 </dev/null && rm -rf "$directory/_CPack_Packages"
}
: >"$log_dir/package.log"
begin=$SECONDS
if ! make_package "$out" || ! make_package "$out/next" -D CPACK_PACKAGE_VERSION=999.0; then
  report_stage package FAILED $((SECONDS - begin)) build/log/package.log
  tail -n 20 "$log_dir/package.log" >&2
  exit 1
fi
package=$(ls "$out"/*.deb)
report_stage package ok $((SECONDS - begin)) "${package#"$root/"}"

begin=$SECONDS
mkdir -p "$out/test"
cp "$package" "$out/test/first.deb"
cp "$out"/next/*.deb "$out/test/next.deb"
cp packaging/deb/test.sh "$out/test/test.sh"
if mmdebstrap --variant=apt --quiet --customize-hook="copy-in '$out/test' /tmp" \
  --customize-hook='chroot "$1" sh /tmp/test/test.sh' bookworm /dev/null >"$log_dir/package-test.log" 2>&1 </dev/null; then
  report_stage package-test ok $((SECONDS - begin)) "install, run, upgrade, purge"
elif grep -q '^package: scratch system is up' "$log_dir/package-test.log"; then
  report_stage package-test FAILED $((SECONDS - begin)) build/log/package-test.log
  grep '^package:' "$log_dir/package-test.log" >&2
  exit 1
else
  report_stage package-test SKIPPED $((SECONDS - begin)) "no scratch Debian can be made here: build/log/package-test.log"
  tail -n 3 "$log_dir/package-test.log" >&2
fi
