// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/fleet_replay_figures.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include "fleet/transport/child_process.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::apps {
namespace {

constexpr std::array<const char*, 12> moments{"due",         "accepted", "offered",     "received",
                                              "verified",    "spawned",  "first_probe", "first_reply",
                                              "last_record", "ended",    "freed",       "stored"};

constexpr std::array file_names{"deployments.csv", "runs.csv", "cumulative.csv", "summary.json", "plot.gp"};

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file{path, std::ios::trunc};
  file << text;
  file.close();
  if (!file) throw Failure{ExitCode::environment, "cannot write " + path};
}

/// Seconds after the event's moment; what is not known stays empty.
std::string deployments_csv(const std::vector<Deployment>& deployments) {
  std::string text = "run,event,node,state,reason,probes,answer";
  for (const auto* moment : moments) text += fmt::format(",{}_s", moment);
  text += '\n';
  for (const auto& d : deployments) {
    text += fmt::format("{},{},{},{},{},{},{}", d.run, d.event, d.node, d.state, d.reason, d.probes, d.answer);
    for (const auto* moment : moments)
      text += d.at.contains(moment) ? fmt::format(",{:.6f}", d.seconds("due", moment)) : std::string{","};
    text += '\n';
  }
  return text;
}

std::string runs_csv(const ReplaySummary& summary) {
  std::string text = "run,events,accepted,refused,done,failed,accepted_percent,forecast\n";
  constexpr double percent = 100;
  for (const auto& run : summary.runs)
    text += fmt::format("{},{},{},{},{},{},{:.2f},{:.3f}\n", run.run, run.events, run.accepted, run.refused, run.done,
                        run.failed, percent * static_cast<double>(run.accepted) / static_cast<double>(run.events),
                        run.forecast);
  return text;
}

/// One block a node and run, as gnuplot's `index` wants them.
std::string cumulative_csv(const std::vector<Deployment>& deployments) {
  std::map<std::pair<std::string, std::uint32_t>, std::vector<const Deployment*>> of_node;
  for (const auto& d : deployments)
    if (d.state == "done") of_node[{d.node, d.run}].push_back(&d);
  std::string text = "node,run,deployment,event,total_s,cumulative_s\n";
  for (const auto& [key, list] : of_node) {
    double sum = 0;
    std::size_t number = 0;
    for (const auto* d : list) {
      const auto total = d->seconds("due", "stored");
      sum += total;
      text += fmt::format("{},{},{},{},{:.6f},{:.6f}\n", key.first, key.second, ++number, d->event, total, sum);
    }
    text += '\n';
  }
  return text;
}

std::string plot_text(const ReplayOptions& options) {
  const auto title = fmt::format("{}, {}, {}", options.what_runs(), options.policy, options.is_cold ? "cold" : "warm");
  return fmt::format(
      "set datafile separator ','\nset terminal svg size 800,500 background rgb 'white'\nset grid\nset key off\n"
      "set output 'total.svg'\nset title 'Total time per deployment: {0}'\nset xlabel 'event'\n"
      "set ylabel 'seconds from the event to the receipt'\nset yrange [0:*]\n"
      "plot 'deployments.csv' using 2:(strcol(4) eq 'done' ? column('stored_s') : NaN) with points pt 7 ps 0.4\n"
      "set output 'cumulative.svg'\nset title 'Cumulative time per node: {0}'\nset xlabel 'deployment of the node'\n"
      "set ylabel 'seconds, sum of totals'\nset datafile missing NaN\n"
      "plot 'cumulative.csv' using (valid(6) ? column(3) : NaN):6 with lines\n"
      "set output 'accepted.svg'\nset title 'Events that became results: {0}'\nset xlabel 'run'\n"
      "set ylabel 'accepted, percent'\nset yrange [0:105]\nset style fill solid 0.5\nset boxwidth 0.8\n"
      "plot 'runs.csv' using 1:7 with boxes\n",
      title);
}

}  // namespace

void check_replay_directory(const ReplayOptions& options) {
  if (options.directory.empty()) return;
  const auto cannot = [&](const std::string& why) {
    return Failure{ExitCode::environment, fmt::format("--out {}: {}; nothing was started", options.directory, why)};
  };
  std::error_code error;
  std::filesystem::create_directories(options.directory, error);
  if (error) throw cannot(error.message());
  const auto probe = fmt::format("{}/.utnt-{}", options.directory, ::getpid());
  const os_linux::UniqueFd made{::open(probe.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!made.is_open()) throw cannot(std::strerror(errno));
  ::unlink(probe.c_str());
  for (const auto* const name : file_names) {
    const auto path = options.directory + "/" + name;
    const os_linux::UniqueFd there{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    if (!there.is_open() && errno != ENOENT) throw cannot(fmt::format("{}: {}", name, std::strerror(errno)));
  }
}

std::string write_replay_files(const ReplayOptions& options, const ReplaySummary& summary,
                               const std::vector<Deployment>& deployments) {
  if (options.directory.empty()) return {};
  const auto& directory = options.directory;
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  write_file(directory + "/deployments.csv", deployments_csv(deployments));
  write_file(directory + "/runs.csv", runs_csv(summary));
  write_file(directory + "/cumulative.csv", cumulative_csv(deployments));
  write_file(directory + "/summary.json", summary_json(options, summary) + "\n");
  write_file(directory + "/plot.gp", plot_text(options));
  const fleet::Command command{
      .words = {"env", "-C", std::filesystem::absolute(directory).string(), "gnuplot", "plot.gp"}};
  const auto result = fleet::run_command(command, {});
  if (result.exit_status == 0) return {};
  return fmt::format("no figures (Debian package gnuplot-nox): {}", result.errors);
}

}  // namespace utnt::apps
