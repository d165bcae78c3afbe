// SPDX-License-Identifier: BSD-2-Clause
// The default rules against `--rules tnt` in virtual time: wall time, probes, and probes per LSR found, where 20 % of
// the sites are dead and where 20 % of the routers are silent, at equal caps and without one. The arguments are numbers
// of destinations (default 100 1000 10000).
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "support/virtual_internet.hpp"

namespace {

using namespace utnt;  // a program of one file

struct Network {
  std::string_view name;
  std::uint32_t dead_percent, silent_percent;
};

bench::CampaignResult run(const Network& network, std::size_t destinations, std::uint32_t pps, bool tnt) {
  bench::CampaignSettings settings{.destinations = destinations, .rules_tnt = tnt, .pps = pps, .traces_max = 10'000};
  settings.internet.link_delay = 5_ms;
  settings.internet.dead_percent = network.dead_percent;
  settings.internet.te_silent_percent = settings.internet.echo_silent_percent = network.silent_percent;
  return bench::run_campaign(settings);
}

double per_lsr(const bench::CampaignResult& run) {
  return static_cast<double>(run.counters.probes_sent) /
         static_cast<double>(std::max<std::size_t>(1, run.tally.lsrs.size()));
}

void compare(const Network& network, std::size_t destinations, std::uint32_t pps) {
  const auto ours = run(network, destinations, pps, false);
  const auto tnt = run(network, destinations, pps, true);
  const auto probes = [](const auto& r) { return static_cast<double>(r.counters.probes_sent); };
  const auto recall = [](const auto& r) { return 100 * r.tally.all().recall_all(); };
  fmt::print("  {:<14}{:>7}{:>8}{:>10.1f}{:>10.1f}{:>7.1f}x{:>10}{:>10}{:>7.2f}{:>9.1f}{:>9.1f}{:>8.1f}{:>8.1f}\n",
             network.name, destinations, pps == 0 ? "none" : std::to_string(pps), ours.virtual_seconds,
             tnt.virtual_seconds, tnt.virtual_seconds / ours.virtual_seconds, ours.counters.probes_sent,
             tnt.counters.probes_sent, probes(ours) / probes(tnt), per_lsr(ours), per_lsr(tnt), recall(ours),
             recall(tnt));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::size_t> sizes;
  for (int i = 1; i < argc; ++i) sizes.push_back(std::strtoul(argv[i], nullptr, 10));
  if (sizes.empty()) sizes = {100, 1000, 10'000};
  fmt::print(
      "settings: procedural Internet, default mix, seed 1, links 5 ms, virtual time; ceilings off, up to 10,000 traces "
      "in flight\n"
      "budget:   time of tnt >= 10x ours, probes per found LSR not higher\n"
      "  {:<14}{:>7}{:>8}{:>10}{:>10}{:>8}{:>10}{:>10}{:>7}{:>9}{:>9}{:>8}{:>8}\n",
      "network", "targets", "pps", "ours s", "tnt s", "ratio", "probes", "tnt", "ratio", "per LSR", "tnt", "recall",
      "tnt");
  constexpr Network networks[] = {{"20 % dead", 20, 10}, {"20 % silent", 0, 20}, {"default mix", 0, 10}};
  for (const auto& network : networks) {
    for (const auto size : sizes) {
      for (const std::uint32_t pps : {1'000U, 10'000U, 0U}) compare(network, size, pps);
    }
  }
}
