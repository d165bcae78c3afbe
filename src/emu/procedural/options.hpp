// SPDX-License-Identifier: BSD-2-Clause
// The parameters of the procedural Internet: sizes, and shares in percent. The defaults are the default mix.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.hpp"

namespace utnt::emu {

struct ProceduralOptions {
  std::uint64_t seed{1};
  std::uint32_t transits{256};     ///< networks behind the access line, each with its own line of routers
  std::uint32_t providers{4096};   ///< networks behind the transits; a /24 belongs to one of them
  Duration link_delay{1'000'000};  ///< one way
  std::uint32_t loss_ppm{0};       ///< per link crossing

  std::uint32_t mpls_percent{60};  ///< of paths that cross at least one tunnel
  std::uint32_t explicit_percent{60}, implicit_percent{10}, opaque_percent{5}, php_percent{20}, uhp_percent{5};
  std::uint32_t lsrs_min{1}, lsrs_max{8};
  std::uint32_t cisco_percent{50}, juniper_percent{30}, unix_percent{20};
  std::uint32_t te_silent_percent{10};    ///< of routers
  std::uint32_t echo_silent_percent{10};  ///< of routers
  std::uint32_t ecmp_percent{30};         ///< of routers: two next hops of equal cost, ahead or back; at most 38
  std::uint32_t asymmetric_percent{20};   ///< of paths: the way back has more routers
  std::uint32_t dead_percent{0};          ///< of /24s: half with a mute host, half with nothing behind the provider
};

/// Names the first field that cannot be used (a sum of shares other than 100, a share above 100, no network at all,
/// sizes above 65,534 or 65,536, LSRs above 8), or an empty view.
std::string_view invalid_field(const ProceduralOptions& options);

}  // namespace utnt::emu
