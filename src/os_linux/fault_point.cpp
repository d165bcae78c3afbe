// SPDX-License-Identifier: BSD-2-Clause
// Nothing. A file of its own, so that a program that defines these itself takes nothing from here.
#include "os_linux/fault_point.hpp"

namespace utnt::os_linux {

void fault_point(std::string_view /*name*/) noexcept {}
void fault_point_of(std::string_view /*what*/, std::string_view /*name*/, int /*process_id*/) noexcept {}

}  // namespace utnt::os_linux
