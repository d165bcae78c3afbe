// SPDX-License-Identifier: BSD-2-Clause
// Writes the result of a revelation into a trace: the LSRs between the ends, the marks of the ends, or the report of a
// failure on the egress candidate.
// Source: the TNT specification, sections 7.2 (recording) and 7.4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/assert.hpp"
#include "core/reveal/hop_record.hpp"
#include "core/reveal/revelation.hpp"

namespace utnt::core {

/// A hop list that grows inside storage of the caller.
struct HopList {
  std::span<HopRecord> storage;
  std::size_t count{0};

  [[nodiscard]] std::span<HopRecord> hops() const {
    UTNT_ASSERT(count <= storage.size());
    return storage.first(count);
  }
};

enum class InsertOutcome : std::uint8_t {
  inserted = 0,
  path_differs,  ///< the trace no longer shows `next` behind `start`: nothing was changed
  no_room,       ///< the storage cannot hold the LSRs: nothing was changed
};

struct InsertResult {
  InsertOutcome outcome{InsertOutcome::path_differs};
  std::uint16_t ingress_index{0};  ///< in the grown list; the silent hop for a silent ingress
  std::uint16_t egress_index{0};
};

/// Puts `lsp` (ingress first, not empty) behind the first `start` and marks both ends.
InsertResult insert_lsp(HopList& list, const Revelation& revelation, std::span<const HopRecord> lsp);

/// Records on the egress candidate that a test revealed nothing.
void report_failure(HopRecord& next, const Revelation& revelation);

}  // namespace utnt::core
