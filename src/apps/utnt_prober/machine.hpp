// SPDX-License-Identifier: BSD-2-Clause
// The prober as the first and only process of a virtual machine: what a distribution's start-up would do for it, and
// nothing else. Modules, interface, input; then the task; then the machine ends with its exit code.
// What the launcher (tender/machine) and this program agree on stands in docs/reference/fleet.md.
#pragma once

namespace utnt::prober {

/// The name under which the kernel starts the first process of an initial RAM disk.
inline constexpr const char* machine_program = "/init";

[[noreturn]] void be_machine();

}  // namespace utnt::prober
