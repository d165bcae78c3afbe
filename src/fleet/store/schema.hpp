// SPDX-License-Identifier: BSD-2-Clause
// The tables of the store and the steps from one version of them to the next. A step is never edited after a release:
// what changes is added as a new one.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "fleet/store/database.hpp"

namespace utnt::fleet {

/// Step i (SQL) leads from version i to version i + 1; version 0 is an empty file.
std::span<const char* const> schema_steps();

/// The version that the file has. Throws StoreFailure: no store of ours, or newer than `known`.
std::int64_t schema_version(Database& database, std::size_t known);

/// Brings it to the newest version in one transaction.
void bring_up_to_date(Database& database, std::span<const char* const> steps = schema_steps());

}  // namespace utnt::fleet
