// SPDX-License-Identifier: BSD-2-Clause
// `utnt lab score`: results of any run in a lab, compared with what is true there.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "apps/utnt/emulated_network.hpp"
#include "apps/utnt/lab_commands.hpp"
#include "apps/utnt/text_lines.hpp"
#include "lab/registry.hpp"
#include "lab/score.hpp"
#include "lab/trace_flow.hpp"
#include "results/jsonl_reader.hpp"

namespace utnt::apps {

namespace {

class ScoringSink final : public results::ResultSink {
 public:
  explicit ScoringSink(const emu::ScenarioNetwork& network) : network_{network} {}
  void run(const results::RunInfo&) override {}
  void trace(const results::TraceResult& trace) override {
    const bool is_v4 = trace.destination.is_v4() && (trace.initial.source.is_none() || trace.initial.source.is_v4());
    score.add(trace, is_v4 ? network_.truth_for(lab::probe_of(lab::flow_of(trace, network_.vantage_point())))
                           : network_.truth(trace.destination));
  }
  void ping(const results::PingResult&) override {}
  void tunnel(const results::TunnelResult&) override {}
  void summary(const results::Summary&) override {}

  lab::Score score;

 private:
  const emu::ScenarioNetwork& network_;
};

void print_row(std::string_view name, const lab::ClassScore& score) {
  const auto percent = [](double share) { return fmt::format("{:.1f} %", 100 * share); };
  fmt::print("{:<15}{:>7}{:>8}{:>10}{:>8}{:>10}{:>10}{:>11}{:>10}\n", name, score.truth, score.found, score.reported,
             score.detectable, percent(score.recall_detectable()), percent(score.recall_all()),
             percent(score.precision()), percent(score.ends_right()));
}

void print_text(const lab::Score& score) {
  fmt::print("{:<15}{:>7}{:>8}{:>10}{:>8}{:>10}{:>10}{:>11}{:>10}\n", "class", "true", "found", "reported", "detect.",
             "recall-d", "recall", "precision", "ends");
  for (std::size_t i = 0; i < lab::score_classes; ++i) {
    const auto& row = score.by_class()[i];
    if (row.truth + row.reported > 0) print_row(lab::score_class_name(i), row);
  }
  print_row("all", score.all());
  fmt::print("{} traces, {} tunnels suspected only; recall-d is over detectable tunnels\n", score.traces(),
             score.suspected());
  if (score.look_alikes() > 0) {
    fmt::print("{} tunnels with both ends right are of a class that shows no sign of its own\n", score.look_alikes());
  }
  for (const auto& mistake : score.mistakes()) fmt::print("  {}\n", mistake);
}

void print_json(const lab::Score& score) {
  const auto line = [&](std::string_view name, const lab::ClassScore& row) {
    const nlohmann::ordered_json json{{"type", "score"},
                                      {"class", name},
                                      {"true", row.truth},
                                      {"detectable", row.detectable},
                                      {"reported", row.reported},
                                      {"found", row.found},
                                      {"found_detectable", row.found_detectable},
                                      {"lsrs_right", row.lsrs_right},
                                      {"recall_detectable", row.recall_detectable()},
                                      {"recall", row.recall_all()},
                                      {"precision", row.precision()},
                                      {"ends_right", row.ends_right()}};
    fmt::print("{}\n", json.dump());
  };
  for (std::size_t i = 0; i < lab::score_classes; ++i) line(lab::score_class_name(i), score.by_class()[i]);
  line("all", score.all());
}

}  // namespace

ExitCode lab_score(const LabScoreOptions& options) {
  const auto network = open_lab_network(options.name, options.scenario, options.seed);
  std::ifstream file;
  const bool is_stdin = options.results == "-";
  if (!is_stdin) {
    file.open(options.results, std::ios::binary);
    if (!file || !is_readable_file(options.results)) {
      throw Failure{ExitCode::bad_input,
                    fmt::format("cannot read the results {}: {}", options.results, why_unreadable(options.results))};
    }
  }
  ScoringSink sink{*network};
  const auto report =
      results::read_jsonl(is_stdin ? std::cin : file, is_stdin ? "standard input" : options.results, sink,
                          [](const std::string& text) { fmt::print(stderr, "utnt lab: {}\n", text); });
  if (sink.score.traces() == 0) {
    throw Failure{ExitCode::bad_input,
                  fmt::format("{} holds no trace; score reads what `utnt trace --format jsonl` wrote",
                              is_stdin ? "the input" : options.results)};
  }
  options.json ? print_json(sink.score) : print_text(sink.score);
  return report.is_clean() ? ExitCode::done : ExitCode::done_with_failures;
}

}  // namespace utnt::apps
