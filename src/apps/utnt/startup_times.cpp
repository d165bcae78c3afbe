// SPDX-License-Identifier: BSD-2-Clause
// See startup_times.hpp.
#include "apps/utnt/startup_times.hpp"

#include <algorithm>

namespace utnt::apps {

StartupTimes startup_times(const tender::RunOutcome& outcome, bool shares_clock) {
  const auto& measured = outcome.measured;
  const auto trailer = outcome.trailer.value_or(abi::Trailer{});
  const auto finished = Instant{static_cast<std::int64_t>(trailer.finished_ns)};
  const bool is_aligned = trailer.finished_ns != 0;
  const auto shift = shares_clock ? Duration{} : measured.last_bytes - finished;
  const auto from_image = [&](std::uint64_t ns) -> std::optional<Instant> {
    if (ns == 0 || !is_aligned) return std::nullopt;
    return Instant{static_cast<std::int64_t>(ns)} + shift;
  };
  const auto seen = [](Instant at) { return at.ns() == 0 ? std::nullopt : std::optional{at}; };
  StartupTimes times{.steps = {{{"exec", seen(measured.executed)},
                                {"entry", from_image(trailer.boot.entry_ns)},
                                {"paging", from_image(trailer.boot.paging_ns)},
                                {"clock", from_image(trailer.boot.clock_ns)},
                                {"devices", from_image(trailer.boot.devices_ns)},
                                {"program", from_image(trailer.started_ns)},
                                {"first_frame", from_image(trailer.first_frame_ns)},
                                {"first_record", seen(measured.first_bytes)},
                                {"first_reply", from_image(trailer.first_reply_ns)},
                                {"finished", from_image(trailer.finished_ns)},
                                {"last_record", seen(measured.last_bytes)},
                                {"exit", seen(measured.ended)}}}};
  if (shares_clock || !is_aligned) return times;
  const auto first = from_image(trailer.boot.entry_ns != 0 ? trailer.boot.entry_ns : trailer.started_ns);
  if (first) times.late_max = std::max(Duration{}, *first - measured.executed);
  return times;
}

}  // namespace utnt::apps
