// SPDX-License-Identifier: BSD-2-Clause
// Addresses and times as strings for people.
#pragma once

#include <string>

#include "results/trace_model.hpp"
#include "wire/address.hpp"

namespace utnt::results {

/// The canonical text; "*" for none.
std::string address_text(const wire::IpAddress& address);

/// "2026-11-23 05:30:00 UTC" for nanoseconds since 1970.
std::string time_text(Nanoseconds since_1970);

/// Milliseconds with three digits: "12.345".
std::string milliseconds_text(Nanoseconds duration);

}  // namespace utnt::results
