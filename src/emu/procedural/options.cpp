// SPDX-License-Identifier: BSD-2-Clause
#include "emu/procedural/options.hpp"

namespace utnt::emu {

std::string_view invalid_field(const ProceduralOptions& o) {
  constexpr std::uint32_t all = 100;
  if (o.transits == 0 || o.transits > 65'534) return "transits";
  if (o.providers == 0 || o.providers > 65'536) return "providers";
  if (o.link_delay < Duration{0} || o.link_delay > Duration{1'000'000'000}) return "link_delay";
  if (o.loss_ppm > 1'000'000) return "loss_ppm";
  if (o.mpls_percent > all) return "mpls_percent";
  if (o.explicit_percent + o.implicit_percent + o.opaque_percent + o.php_percent + o.uhp_percent != all) {
    return "explicit_percent";
  }
  if (o.lsrs_min == 0 || o.lsrs_min > o.lsrs_max || o.lsrs_max > 8) return "lsrs_max";
  if (o.cisco_percent + o.juniper_percent + o.unix_percent != all) return "cisco_percent";
  if (o.te_silent_percent > all) return "te_silent_percent";
  if (o.echo_silent_percent > all) return "echo_silent_percent";
  if (o.ecmp_percent > all) return "ecmp_percent";
  if (o.asymmetric_percent > all) return "asymmetric_percent";
  if (o.dead_percent > all) return "dead_percent";
  return {};
}

}  // namespace utnt::emu
