# SPDX-License-Identifier: BSD-2-Clause
# ./dev bench [NAME...]: optimised build, then bench/run.sh, which prints each table together with its settings.
# The programs are sealed-only builds: nothing here can probe outside a namespace of its own.
need "${packages_build[@]}" libbenchmark-dev iproute2 util-linux scamper traceroute zmap masscan valgrind python3 \
  openssh-client openssh-server qemu-system-x86 jq gnuplot-nox
build_or_exit bench
exec bench/run.sh "$@"
