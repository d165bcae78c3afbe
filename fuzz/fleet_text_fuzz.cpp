// SPDX-License-Identifier: BSD-2-Clause
// Orders, triggers, event lists and endings that others write: read and the same when written again, or refused with a
// complaint; and what is read keeps its bounds.
#include <stdexcept>
#include <string_view>

#include "fleet/model/ending.hpp"
#include "fleet/model/event_list.hpp"
#include "fleet/model/order.hpp"
#include "fuzz/fuzz_input.hpp"

namespace utnt {
namespace {

template <class Call>
void read_or_refuse(Call call) {
  try {
    call();
  } catch (const std::invalid_argument& error) {
    UTNT_ASSERT(!std::string_view{error.what()}.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto ending = fleet::parse_ending(text);
  UTNT_ASSERT(fleet::parse_ending(fleet::ending_text(ending)) == ending);
  read_or_refuse([&] {
    const auto order = fleet::parse_order(text);
    UTNT_ASSERT(fleet::parse_order(fleet::order_text(order)) == order);
  });
  read_or_refuse([&] {
    const auto trigger = fleet::parse_trigger(text);
    UTNT_ASSERT(trigger.what.targets.size() <= fleet::order_targets_max);
  });
  read_or_refuse([&] {
    const auto list = fleet::parse_event_list(text, "list");
    UTNT_ASSERT(!list.events.empty() || !list.schedules.empty());
    for (const auto& scheduled : list.schedules) UTNT_ASSERT(scheduled.schedule.next(0) > 0);
  });
  return 0;
}

}  // namespace utnt
