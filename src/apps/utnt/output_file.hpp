// SPDX-License-Identifier: BSD-2-Clause
// A file (or standard output) that results go to. Bytes are kept until flush(), and a flush that fails half-way is
// undone where the file allows it: whoever reads the file sees whole lines and whole records, whatever happened to us.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "os_linux/unique_fd.hpp"

namespace utnt::apps {

enum class OpenMode : std::uint8_t {
  create,   ///< the file must not exist, or be empty; devices and pipes may
  append,   ///< after what is there; begins a new line if the last one has no end and `is_text`
  replace,  ///< what is there is lost
  resume,   ///< the file must exist; what lies behind `position` is cut off
};

class OutputFile {
 public:
  struct Target {
    std::string path;  ///< "-" is standard output
    OpenMode mode{OpenMode::create};
    bool is_text{true};
    std::uint64_t position{0};  ///< of OpenMode::resume
  };

  /// Throws Failure: bad_input for an existing file (create) or a too short one (resume), else not_permitted or
  /// environment.
  explicit OutputFile(const Target& target);

  void write(std::string_view bytes) { pending_.append(bytes); }
  /// Hands everything written so far to the system. Throws Failure (environment) with the name, the reason and how much
  /// is safe.
  void flush();
  /// Waits until what was flushed is on the disk; devices that cannot are left alone.
  void sync();
  /// Length of the file after the last flush.
  [[nodiscard]] std::uint64_t position() const { return position_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool is_terminal() const;

 private:
  void open(const Target& target);
  void begin_line();
  [[noreturn]] void fail(int error_number);

  std::string path_;
  os_linux::UniqueFd owned_;
  int fd_{-1};
  bool is_regular_{false};
  std::uint64_t position_{0};
  std::string pending_;
};

}  // namespace utnt::apps
