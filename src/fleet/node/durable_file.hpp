// SPDX-License-Identifier: BSD-2-Clause
// Files that are either wholly on the disk or not there, whenever the power goes: written under another name, synced,
// renamed, and their directory synced. Sources: fsync(2), rename(2); the fleet specification, rule R1.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace utnt::fleet {

/// Called before and after each step whose place a kill or an error may take, with the step's name ("after rename"):
/// faults are injected here. What it throws ends the step as an error of the disk would.
using NodeFault = std::function<void(std::string_view point)>;

/// Throws os_linux::Failure (environment: no space and the like; not_permitted).
void write_durably(const std::string& path, std::string_view bytes, unsigned mode = 0600, const NodeFault& fault = {});
/// Gives a file that was written and closed its final name, durably.
void rename_durably(const std::string& from, const std::string& to);
/// Removes it, and makes that durable. A file that is not there is no error.
void remove_durably(const std::string& path);
/// Throws os_linux::Failure when it cannot be read, or is longer than `bytes_max`.
std::string read_whole(const std::string& path, std::uint64_t bytes_max);
/// Makes the directory and its parents, for this user alone (0700).
void make_private_directory(const std::string& path);
/// Names of the regular files in it, sorted; names with a dot in front (unfinished ones) are removed.
std::vector<std::string> names_in(const std::string& directory);
/// Bytes that this user may still write there.
std::uint64_t free_bytes(const std::string& directory);

}  // namespace utnt::fleet
