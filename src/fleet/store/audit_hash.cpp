// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/store/audit_hash.hpp"

#include <fmt/format.h>

#include "fleet/trust/digest.hpp"

namespace utnt::fleet {

std::string audit_hash(const AuditRow& row) {
  Sha256 hash;
  for (const auto& part : {row.previous, std::to_string(row.number), std::to_string(row.at_ns), row.entry.who,
                           row.entry.action, row.entry.detail})
    hash.add(fmt::format("{}:{},", part.size(), part));
  return hash.hex();
}

}  // namespace utnt::fleet
