// SPDX-License-Identifier: BSD-2-Clause
#include "emu/procedural/internet_scenario.hpp"

#include <limits>

namespace utnt::emu {
namespace {

void read_shares(Section& table, ProceduralOptions& o) {
  constexpr std::int64_t all = 100;
  table.integer("mpls_percent", o.mpls_percent, 0, all);
  table.integer("explicit_percent", o.explicit_percent, 0, all);
  table.integer("implicit_percent", o.implicit_percent, 0, all);
  table.integer("opaque_percent", o.opaque_percent, 0, all);
  table.integer("php_percent", o.php_percent, 0, all);
  table.integer("uhp_percent", o.uhp_percent, 0, all);
  table.integer("cisco_percent", o.cisco_percent, 0, all);
  table.integer("juniper_percent", o.juniper_percent, 0, all);
  table.integer("unix_percent", o.unix_percent, 0, all);
  table.integer("te_silent_percent", o.te_silent_percent, 0, all);
  table.integer("echo_silent_percent", o.echo_silent_percent, 0, all);
  table.integer("ecmp_percent", o.ecmp_percent, 0, all);
  table.integer("asymmetric_percent", o.asymmetric_percent, 0, all);
  table.integer("dead_percent", o.dead_percent, 0, all);
}

/// What single ranges cannot say.
void check_together(const Section& table, const ProceduralOptions& o) {
  const auto field = invalid_field(o);
  if (field.empty()) return;
  if (field == "explicit_percent") {
    table.fail(field, "must add up to 100 with implicit_percent, opaque_percent, php_percent and uhp_percent");
  }
  if (field == "cisco_percent") table.fail(field, "must add up to 100 with juniper_percent and unix_percent");
  if (field == "lsrs_max") table.fail(field, "must not be less than lsrs_min");
  table.fail(field, "cannot be used");
}

}  // namespace

bool read_internet(Section& root, InternetScenario& out) {
  auto table = root.section("internet");
  if (!table) return false;
  constexpr std::int64_t sample_max = 1'000'000, transits_max = 65'534, providers_max = 65'536, lsrs_max = 8;
  constexpr std::int64_t delay_us_max = 1'000'000, ppm_max = 1'000'000;
  auto& o = out.options;
  out.has_seed = table->integer("seed", o.seed, 0, std::numeric_limits<std::int64_t>::max());
  table->integer("sample", out.sample, 1, sample_max);
  table->integer("transits", o.transits, 1, transits_max);
  table->integer("providers", o.providers, 1, providers_max);
  std::int64_t delay_us = o.link_delay.ns() / 1000;
  table->number("link_delay_us", delay_us, 0, delay_us_max);
  o.link_delay = Duration{delay_us * 1000};
  table->integer("loss_ppm", o.loss_ppm, 0, ppm_max);
  table->integer("lsrs_min", o.lsrs_min, 1, lsrs_max);
  table->integer("lsrs_max", o.lsrs_max, 1, lsrs_max);
  read_shares(*table, o);
  table->finish();
  check_together(*table, o);
  return true;
}

}  // namespace utnt::emu
