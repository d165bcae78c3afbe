// SPDX-License-Identifier: BSD-2-Clause
// Everything that this process could still do to the rest of the system, given up for good.
#pragma once

#include "tender/process/arguments.hpp"

namespace utnt::tender::program {

/// Before anything is mapped: data is never executable, and no huge page is spent on a small image.
void prepare_process(const Arguments& arguments);
/// Closes every descriptor but those of the image, drops capabilities and limits.
void give_up_privileges(const Arguments& arguments);
/// From here on only the listed system calls; see call_filter.hpp.
void install_call_filter(const Arguments& arguments);

}  // namespace utnt::tender::program
