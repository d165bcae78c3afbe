// SPDX-License-Identifier: BSD-2-Clause
// The prober as a program of the library OS: command line and module in, record stream out. Everything but the entry
// itself, so that tests run it on a platform double.
#pragma once

#include <string_view>

#include "unikernel/platform.hpp"

namespace utnt::image {

/// Who writes the records.
struct Identity {
  std::string_view version;
  std::string_view commit;
};

/// Traces every destination; the exit code. Whatever it is, the record stream ends with a trailer that holds it.
int run_image(const unikernel::Startup& startup, const Identity& identity);

}  // namespace utnt::image
