// SPDX-License-Identifier: BSD-2-Clause
// Version strings. The number and the commit come from the build: version_build.hpp is written by cmake/.
#include "apps/utnt/version.hpp"

#include <fmt/format.h>

#include "report/record.hpp"
#include "results/jsonl_writer.hpp"
#include "version_build.hpp"
#include "wire/address.hpp"

namespace utnt::apps {

std::string_view version_number() { return UTNT_VERSION_NUMBER; }
std::string_view version_commit() { return UTNT_VERSION_COMMIT; }

std::string version_text() {
  return fmt::format("utnt {}\ncommit {}\nrules utnt tnt\nschema {} (JSON Lines), {} (records)\nreserved ranges {}",
                     version_number(), version_commit(), results::jsonl_schema_version, report::record_version,
                     wire::reserved_table_date);
}

}  // namespace utnt::apps
