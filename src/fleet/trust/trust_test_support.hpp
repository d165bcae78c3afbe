// SPDX-License-Identifier: BSD-2-Clause
// What the tests of keys and signatures share: a directory of their own, and errors as text.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fleet/trust/text_codes.hpp"
#include "fleet/trust/trust_error.hpp"

namespace utnt::fleet::test {

class Directory {
 public:
  Directory() : path_{testing::TempDir() + "/trust.XXXXXX"} {
    if (::mkdtemp(path_.data()) == nullptr) throw TrustError{"no temporary directory"};
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string operator/(std::string_view name) const { return path_ + "/" + std::string{name}; }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{path_}, {}));
  }

 private:
  std::string path_;
};

inline void write_file(const std::string& path, std::string_view content) {
  std::ofstream{path, std::ios::binary} << content;
}

inline std::string file_text(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// The message of the TrustError that `call` throws; empty when it throws none.
template <class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const TrustError& error) {
    return error.what();
  }
  return {};
}

inline bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

template <std::size_t count>
std::array<std::byte, count> bytes_from_hex(std::string_view hex) {
  std::array<std::byte, count> bytes{};
  copy_bytes(bytes, from_hex(hex).value());
  return bytes;
}

}  // namespace utnt::fleet::test
