// SPDX-License-Identifier: BSD-2-Clause
// What the exit status of the process that runs an image means for the image.
#pragma once

namespace utnt::tender {

struct StatusMeaning {
  int exit_code{0};             ///< of the image; 0: the trailer tells
  const char* explanation{""};  ///< when the code is not the image's own
};

}  // namespace utnt::tender
