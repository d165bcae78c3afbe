// SPDX-License-Identifier: BSD-2-Clause
// The configuration file that makes Firecracker boot an image, and what its exit statuses mean.
// Source: the unikernel specification, section 13; Firecracker's documentation of --config-file and its exit codes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tender/status_meaning.hpp"
#include "tender/tender.hpp"

namespace utnt::tender {

/// Paths as Firecracker can open them.
struct FirecrackerFiles {
  std::string image;
  std::string module;   ///< empty: none
  std::string records;  ///< the block log
};

/// The command line of the image, with the words that Firecracker's machine needs. Never empty: Firecracker would put
/// one for Linux in its place.
std::string firecracker_boot_line(const RunRequest& request, std::int64_t epoch_ns);

/// The configuration, as JSON.
std::string firecracker_config(const RunRequest& request, const FirecrackerFiles& files, std::int64_t epoch_ns);

/// The words of the command, the program first.
std::vector<std::string> firecracker_command(const std::string& program, const std::string& config_path);

/// Firecracker carries no exit code of the image: 0 leaves it to the trailer, everything else is its own failure.
StatusMeaning meaning_of_firecracker_status(int status);

}  // namespace utnt::tender
