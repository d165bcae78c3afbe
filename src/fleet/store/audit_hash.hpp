// SPDX-License-Identifier: BSD-2-Clause
// What chains the audit log: each row's hash covers the one before, so that changing, removing or adding a row in the
// middle shows. Only rows cut off at the end do not, unless the newest hash was noted elsewhere.
#pragma once

#include <string>

#include "fleet/store/rows.hpp"

namespace utnt::fleet {

/// SHA-256 over netstrings (length, colon, bytes, comma) of previous, number, at_ns, who, action, detail.
std::string audit_hash(const AuditRow& row);

}  // namespace utnt::fleet
