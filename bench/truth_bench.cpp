// SPDX-License-Identifier: BSD-2-Clause
// How much of the truth comes out: recall, precision and right ends per class on the procedural Internet, both rule
// sets, without loss and with 2 % of all probes and of all replies lost, fixed seeds and fresh ones.
// Definitions: docs/reference/benchmarks.md. Options: see --help.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <random>

#include "support/virtual_internet.hpp"

namespace {

using namespace utnt;  // a program of one file

struct Options {
  std::size_t destinations{1000};
  std::vector<std::uint64_t> seeds{1, 2, 3};
  unsigned fresh{2};
  unsigned loss_percent{2};
  unsigned asymmetric_percent{20};
  bool shows_mistakes{false};
};

void print_row(std::string_view name, const lab::ClassScore& s) {
  constexpr double percent = 100;
  const double lsrs = s.found == 0 ? 1 : static_cast<double>(s.lsrs_right) / static_cast<double>(s.found);
  fmt::print("  {:<14}{:>7}{:>7}{:>7}{:>9.2f}{:>9.2f}{:>9.2f}{:>9.2f}{:>9.2f}\n", name, s.truth, s.detectable,
             s.reported, percent * s.recall_detectable(), percent * s.recall_all(), percent * s.precision(),
             percent * s.ends_right(), percent * lsrs);
}

void print_run(std::string_view title, const bench::CampaignResult& run, const bench::Tally& tally) {
  fmt::print("\n{}\n  {:<14}{:>7}{:>7}{:>7}{:>9}{:>9}{:>9}{:>9}{:>9}\n", title, "class", "true", "detect", "report",
             "recall-d", "recall", "precis", "ends", "all LSRs");
  for (std::size_t i = 0; i < lab::score_classes; ++i) {
    if (tally.by_class[i].truth + tally.by_class[i].reported > 0)
      print_row(lab::score_class_name(i), tally.by_class[i]);
  }
  print_row("all", tally.all());
  const auto probes = static_cast<double>(run.counters.probes_sent);
  fmt::print(
      "  {:.1f} probes per destination, {} different LSRs rightly placed, {:.2f} probes for each, {} suspected, {} "
      "of a class that shows no sign of its own\n",
      probes / static_cast<double>(tally.traces), tally.lsrs.size(),
      probes / static_cast<double>(std::max<std::size_t>(1, tally.lsrs.size())), tally.suspected, tally.look_alikes);
}

void add(bench::CampaignResult& sum, const bench::CampaignResult& one) {
  sum.tally += one.tally;
  sum.counters.probes_sent += one.counters.probes_sent;
  sum.wall_seconds += one.wall_seconds;
}

void measure(const Options& options, const std::vector<std::uint64_t>& seeds, std::string_view kind) {
  for (const bool tnt : {false, true}) {
    for (const bool is_lossy : {false, true}) {
      bench::CampaignResult sum;
      for (const auto seed : seeds) {
        bench::CampaignSettings settings{.destinations = options.destinations, .rules_tnt = tnt, .pps = 1000};
        settings.internet.seed = seed;
        settings.internet.asymmetric_percent = options.asymmetric_percent;
        settings.loss_percent = is_lossy ? options.loss_percent : 0;
        add(sum, bench::run_campaign(settings));
      }
      print_run(
          fmt::format("--rules {}, {}, {} seeds {}, {:.1f} s", tnt ? "tnt" : "utnt",
                      is_lossy ? fmt::format("{} % of probes and of replies lost", options.loss_percent) : "loss-free",
                      kind, fmt::join(seeds, " "), sum.wall_seconds),
          sum, sum.tally);
      if (!options.shows_mistakes) continue;
      for (const auto& mistake : sum.tally.mistakes) fmt::print("    {}\n", mistake);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Recall, precision and right ends against the truth of the procedural Internet"};
  app.add_option("--destinations", options.destinations, "per seed")->check(CLI::Range(1, 1'000'000));
  app.add_option("--seeds", options.seeds, "fixed seeds")->delimiter(',');
  app.add_option("--fresh", options.fresh, "number of fresh seeds")->check(CLI::Range(0, 1000));
  app.add_option("--loss", options.loss_percent, "percent of packets lost in the lossy runs")->check(CLI::Range(0, 50));
  app.add_option("--asymmetric", options.asymmetric_percent, "percent of paths")->check(CLI::Range(0, 100));
  app.add_flag("--mistakes", options.shows_mistakes, "list what was missed though detectable, and what is false");
  CLI11_PARSE(app, argc, argv);
  fmt::print(
      "settings: procedural Internet, default mix but for {} % asymmetric ways back; {} destinations a seed, virtual "
      "time, "
      "1,000 pps, ceilings off, 2,000 traces in flight, links 1 ms\n"
      "budget:   recall-d >= 99, precision >= 99.5, ends >= 97 in every class; with loss recall-d >= 95 (default "
      "rules)\n"
      "recall-d: of detectable tunnels; recall: of all; ends: both right, of the true tunnels that a reported one "
      "of the same class overlaps\n",
      options.asymmetric_percent, options.destinations);
  measure(options, options.seeds, "fixed");
  if (options.fresh == 0) return 0;
  std::random_device random;
  std::vector<std::uint64_t> fresh;
  for (unsigned i = 0; i < options.fresh; ++i) fresh.push_back(random());
  measure(options, fresh, "fresh");
}
