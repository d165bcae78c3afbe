// SPDX-License-Identifier: BSD-2-Clause
// Version strings. The number and the commit come from the build: version_build.hpp is written by cmake/.
#include "apps/utnt/version.hpp"

#include <fmt/format.h>

#include "version_build.hpp"
#include "wire/address.hpp"

namespace utnt::apps {

std::string_view version_number() { return UTNT_VERSION_NUMBER; }
std::string_view version_commit() { return UTNT_VERSION_COMMIT; }

std::string version_text() {
  return fmt::format("utnt {}\ncommit {}\nrules utnt tnt\nreserved ranges {}", version_number(), version_commit(),
                     wire::reserved_table_date);
}

}  // namespace utnt::apps
