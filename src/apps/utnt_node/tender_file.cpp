// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt_node/tender_file.hpp"

#include <filesystem>
#include <string_view>

#include "fleet/node/durable_file.hpp"
#include "fleet/trust/digest.hpp"

extern "C" const char utnt_tender_begin[], utnt_tender_end[];

namespace utnt::fleet {

std::string place_tender(const std::string& spool) {
  constexpr unsigned executable = 0700;
  // cppcheck-suppress comparePointers ; two labels of tender_bytes.S, before and behind the same bytes
  const std::string_view bytes{utnt_tender_begin, static_cast<std::size_t>(utnt_tender_end - utnt_tender_begin)};
  auto path = spool + "/utnt-tender";
  make_private_directory(spool);
  if (!std::filesystem::exists(path) || sha256_hex_of_file(path) != sha256_hex(bytes))
    write_durably(path, bytes, executable);
  return path;
}

}  // namespace utnt::fleet
