// SPDX-License-Identifier: BSD-2-Clause
// Echo replies of both families, to whoever pings this host. Nothing is sent to, or because of, a group; and only so
// many a second. Sources: RFC 792; RFC 1122 sections 3.2.2 and 3.2.2.6; RFC 4443 sections 2.4 and 4.2; RFC 1624.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "wire/ethernet.hpp"

namespace utnt::unikernel {

/// At most so many in each second that begins with one.
class RateLimit {
 public:
  explicit constexpr RateLimit(unsigned per_second) : per_second_{per_second} {}
  bool allows(Instant now) {
    constexpr Duration second{1'000'000'000};
    if (count_ == 0 || now - begin_ >= second) {
      begin_ = now;
      count_ = 0;
    }
    if (count_ >= per_second_) return false;
    ++count_;
    return true;
  }

 private:
  unsigned per_second_;
  unsigned count_{0};
  Instant begin_{};
};

/// The reply to `packet`, if it is an echo request that is fit to be answered, as a frame at the front of `out`. The
/// packet is whole, its lengths and its destination were checked. The reply goes back where the frame came from: same
/// identification, flags and data.
std::optional<ConstBytes> echo_reply(const wire::EthernetView& frame, ConstBytes packet, MutableBytes out);

}  // namespace utnt::unikernel
