// SPDX-License-Identifier: BSD-2-Clause
// One million destinations in one process, in virtual time: wall time, and memory that does not grow with their number
// but for the caches. Runs of 10,000, 100,000 ... up to the number given as argument (default 1,000,000).
#include <fmt/format.h>

#include <cstdlib>

#include "support/virtual_internet.hpp"

namespace {

using namespace utnt;  // a program of one file

bench::CampaignSettings campaign(std::size_t destinations) {
  bench::CampaignSettings settings{
      .destinations = destinations, .pps = 100'000, .traces_max = 10'000, .is_scored = false};
  settings.internet.link_delay = 5_ms;
  return settings;
}

void print_row(std::size_t destinations, const bench::CampaignResult& run) {
  const auto probes = static_cast<double>(run.counters.probes_sent);
  fmt::print("  {:>10}{:>12}{:>9.2f}{:>12}{:>11.1f}{:>11.1f}{:>12.0f}{:>11.0f}{:>11}\n", destinations,
             run.counters.probes_sent, probes / static_cast<double>(destinations), run.counters.tunnels_found,
             run.virtual_seconds, run.wall_seconds, probes / run.wall_seconds, bench::peak_rss_mib(),
             run.counters.table_full);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t most = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1'000'000;
  fmt::print(
      "settings: procedural Internet, default mix, seed 1, links 5 ms; 100,000 pps, ceilings off, 10,000 traces in "
      "flight;\n"
      "          every result assembled and dropped; the engine's tables are fixed at creation\n"
      "  {:>10}{:>12}{:>9}{:>12}{:>11}{:>11}{:>12}{:>11}{:>11}\n",
      "targets", "probes", "each", "tunnels", "virtual s", "wall s", "probes/s", "RSS MiB", "table full");
  for (std::size_t destinations = 10'000; destinations <= most; destinations *= 10) {
    print_row(destinations, bench::run_campaign(campaign(destinations)));
    std::fflush(stdout);
  }
}
