// SPDX-License-Identifier: BSD-2-Clause
// Small files of the kernel and their words, without the streams of the standard library: those bring all of its
// locales along, some 600 kB in a static program.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace utnt::os_linux {

/// The whole file; nothing when it cannot be opened or read.
std::optional<std::string> read_text_file(const std::string& path);

/// The parts of a text between any of these characters; empty parts are left out. They point into the text.
std::vector<std::string_view> parts_of(std::string_view text, std::string_view separators);
inline std::vector<std::string_view> words_of(std::string_view text) { return parts_of(text, " \t\n\r\v\f"); }
inline std::vector<std::string_view> lines_of(std::string_view text) { return parts_of(text, "\n"); }

}  // namespace utnt::os_linux
