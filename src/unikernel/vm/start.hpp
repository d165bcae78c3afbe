// SPDX-License-Identifier: BSD-2-Clause
// The way from the processor's folder to the platform.
#pragma once

#include "unikernel/arch/machine.hpp"

namespace utnt::unikernel::vm {

/// Brings the devices up and runs the program. Called once, on the image's stack.
[[noreturn]] void start(arch::BootData boot);

}  // namespace utnt::unikernel::vm
