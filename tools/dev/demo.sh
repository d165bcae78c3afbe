# SPDX-License-Identifier: BSD-2-Clause
# ./dev demo: the five stories in virtual time. The build is optimised and refuses to probe outside a sealed namespace.
need "${packages_build[@]}"
build_or_exit demo utnt
exec build/demo/bin/utnt demo "$@"
