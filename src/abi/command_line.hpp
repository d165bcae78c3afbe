// SPDX-License-Identifier: BSD-2-Clause
// The command line of an image: words of the form key=value (or a bare key), separated by blanks. Launchers write it,
// platforms and programs read the keys they know. Keys of the library OS begin with uk. or netN., those of the tool
// with nothing. Source: the unikernel specification, sections 4, 5.1 and 9.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.hpp"

namespace utnt::abi {

struct Word {
  std::string_view key;
  std::string_view value;  ///< empty for a bare key
};

/// Goes through a command line, word by word.
class CommandLine {
 public:
  explicit CommandLine(std::string_view text) : rest_{text} {}
  std::optional<Word> next();

 private:
  std::string_view rest_;
};

/// The value of the first word with that key.
std::optional<std::string_view> value_of(std::string_view command_line, std::string_view key);

/// A decimal number, or a hexadecimal one behind 0x. Errors: malformed, invalid_argument (beyond 64 bits).
Result<std::uint64_t> parse_number(std::string_view text);

}  // namespace utnt::abi
