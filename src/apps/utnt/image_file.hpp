// SPDX-License-Identifier: BSD-2-Clause
// Where the images stand: in the build beside the program, or where packages put them.
#pragma once

#include <string>

namespace utnt::apps {

/// Path of the prober's image for that tender, or for the variant `container` or `vm` of a fleet; empty when it is not
/// installed.
std::string installed_image(const std::string& kind);

}  // namespace utnt::apps
