// SPDX-License-Identifier: BSD-2-Clause
// What the tests of keys and signatures share: a directory of their own, and errors as text.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "fleet/trust/text_codes.hpp"
#include "fleet/trust/trust_error.hpp"
#include "support/temporary_directory.hpp"

namespace utnt::fleet::test {

using utnt::test::contains;
using utnt::test::file_text;
using utnt::test::TemporaryDirectory;
using utnt::test::write_file;

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

template <std::size_t count>
std::array<std::byte, count> bytes_from_hex(std::string_view hex) {
  std::array<std::byte, count> bytes{};
  copy_bytes(bytes, from_hex(hex).value());
  return bytes;
}

}  // namespace utnt::fleet::test
