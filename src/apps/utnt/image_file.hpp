// SPDX-License-Identifier: BSD-2-Clause
// Where the images stand: in the build beside the program, or where packages put them.
#pragma once

#include <string>

namespace utnt::apps {

/// Path of the prober's image for that tender; empty when it is not installed.
std::string installed_image(const std::string& tender);

}  // namespace utnt::apps
