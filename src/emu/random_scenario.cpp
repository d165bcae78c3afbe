// SPDX-License-Identifier: BSD-2-Clause
// Writes a scenario as text, so that what a seed produced can be read, kept and edited.
#include "emu/random_scenario.hpp"

namespace utnt::emu {

bool read_random(Section& root, RandomScenario& out) {
  auto section = root.section("generate");
  if (!section) return false;
  section->integer("seed", out.seed, 0, 0x7fff'ffff);
  section->integer("routers", out.routers, 20, 500);
  section->integer("ases", out.ases, 1, 20);
  section->integer("destinations", out.destinations, 1, 1000);
  section->integer("silent_percent", out.silent_percent, 0, 100);
  section->integer("ecmp_percent", out.ecmp_percent, 0, 100);
  section->finish();
  return true;
}

std::string random_scenario(const RandomScenario& options) {
  return "title = \"random\"\ndestinations = [\"D\"]\nchain = [\"VP\", \"R" + std::to_string(options.seed) +
         "\", \"D\"]\n";
}

}  // namespace utnt::emu
