// SPDX-License-Identifier: BSD-2-Clause
// The prober as a Linux program that takes what the image takes: words and a module in, the record stream out. It is
// what containers and virtual machines of a fleet run, so that all variants are told, and answer, in the same words.
// Options: docs/reference/image.md; the packets go by the kernel's own network (os_linux/packet_link.hpp).
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.hpp"

namespace utnt::prober {

struct Task {
  std::string command_line;
  ConstBytes module;
  std::string interface;                              ///< empty: whichever the routes say
  std::uint64_t table_bytes{std::uint64_t{8} << 20};  ///< for the engine, at most
};

/// Where the records go, from now on.
void set_record_descriptor(int descriptor);

/// Traces every destination; the exit code. Whatever it is, the record stream ends with a trailer that holds it.
int run_task(const Task& task);

}  // namespace utnt::prober
