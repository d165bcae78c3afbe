// SPDX-License-Identifier: BSD-2-Clause
// The files of this folder. The small ones are keys, signatures, records: Written whole or not at all, and on disk when
// the call returns; read with a bound. Large ones are read in pieces. Every error names the file.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace utnt::fleet {

enum class Existing : unsigned char { refuse, replace };
enum class Readers : unsigned char { everybody, owner_only };

/// Throws TrustError; nothing has changed then.
void write_trust_file(const std::string& path, std::string_view content, Readers readers, Existing existing);

/// `owner_only` refuses a file that others may read or write, that belongs to another user, or that is a symbolic link.
/// Throws TrustError that says what to do.
std::string read_trust_file(const std::string& path, std::size_t bytes_max, Readers readers);

/// A file of any size, in order, at most 64 KiB at a time. Throws TrustError.
void read_in_pieces(const std::string& path, const std::function<void(ConstBytes)>& take);

}  // namespace utnt::fleet
