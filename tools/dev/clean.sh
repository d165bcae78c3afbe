# SPDX-License-Identifier: BSD-2-Clause
# ./dev clean: back to the state of a fresh clone (the compiler cache in build/ goes too).
rm -rf build
