# SPDX-License-Identifier: BSD-2-Clause
# ./dev demo: the five stories in virtual time, and one of them again inside the unikernel, as a process and in a virtual
# machine. The build is optimised and refuses to probe outside a sealed namespace.
need "${packages_build[@]}" qemu-system-x86
build_or_exit demo utnt images utnt_tender_program
exec build/demo/bin/utnt demo "$@"
