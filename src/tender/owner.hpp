// SPDX-License-Identifier: BSD-2-Clause
// Which process made something that outlives processes (a control group, a table of the packet filter). Its name
// carries the maker, so that whoever starts next can tell what a killed one left behind. A process ID alone is used
// again; together with its start time it is not. Source: proc(5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace utnt::tender {

struct Owner {
  std::uint64_t pid_namespace{0};  ///< inode of the namespace that the number belongs to
  int process_id{0};
  std::uint64_t start_ticks{0};  ///< since the machine started

  /// This process.
  static Owner self();
  /// "NAMESPACE-PID-TICKS"; fit for file names.
  [[nodiscard]] std::string text() const;
  /// Reads it at the front of `text`; what follows must begin with '-'.
  static std::optional<Owner> parse(std::string_view text);
  /// True only when that is certain: never for a process of another PID namespace.
  [[nodiscard]] bool is_gone() const;
  friend bool operator==(const Owner&, const Owner&) = default;
};

}  // namespace utnt::tender
