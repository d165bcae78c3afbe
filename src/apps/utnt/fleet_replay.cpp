// SPDX-License-Identifier: BSD-2-Clause
// The command: the sealed process plays the list and tells of its deployments over a pipe, one JSON line each; this
// one collects them, so that each cold run can have a fleet of its own.
#include "apps/utnt/fleet_replay.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "apps/utnt/fleet_events.hpp"
#include "apps/utnt/fleet_replay_figures.hpp"
#include "apps/utnt/fleet_replay_nodes.hpp"
#include "apps/utnt/fleet_replay_resume.hpp"
#include "apps/utnt/fleet_replay_run.hpp"
#include "apps/utnt/fleet_text.hpp"
#include "os_linux/clock.hpp"
#include "os_linux/scratch_directory.hpp"
#include "os_linux/signals.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::apps {
namespace {

using Json = nlohmann::ordered_json;
using os_linux::monotonic_now;
using os_linux::UniqueFd;

Json json_of(const Deployment& d) {
  Json at = Json::object();
  for (const auto& [name, ns] : d.at) at[name] = ns;
  return {{"type", "deployment"}, {"run", d.run},         {"event", d.event},   {"node", d.node},
          {"state", d.state},     {"reason", d.reason},   {"detail", d.detail}, {"probes", d.probes},
          {"answer", d.answer},   {"tunnels", d.tunnels}, {"at_ns", at}};
}

Deployment deployment_of(const Json& json) {
  Deployment d;
  d.run = json.at("run");
  d.event = json.at("event");
  d.node = json.at("node");
  d.state = json.at("state");
  d.reason = json.at("reason");
  d.detail = json.at("detail");
  d.probes = json.at("probes");
  d.answer = json.at("answer");
  d.tunnels = json.at("tunnels");
  for (const auto& [name, ns] : json.at("at_ns").items()) d.at[name] = ns.get<std::int64_t>();
  return d;
}

void write_line(int pipe, const Json& json) {
  const auto line = json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  for (std::size_t done = 0; done < line.size();) {
    const auto written = ::write(pipe, line.data() + done, line.size() - done);
    if (written <= 0) ::_exit(to_int(ExitCode::environment));
    done += static_cast<std::size_t>(written);
  }
}

fleet::EventList read_list(const std::string& name) {
  try {
    return fleet::parse_event_list(event_list_text(name), name);
  } catch (const fleet::EventListError& error) {
    throw Failure{ExitCode::bad_input, error.what()};
  }
}

fleet::EventList events_of(const ReplayOptions& options) {
  auto list = read_list(options.events);
  if (!list.schedules.empty())
    throw Failure{ExitCode::bad_input, options.events + ": a replay takes times and rates, no schedules"};
  if (options.limit != 0 && list.events.size() > options.limit) list.events.resize(options.limit);
  // The first event comes at once: nothing is to be set up before the clock runs.
  const auto first = list.events.front().at;
  for (auto& event : list.events) event.at = event.at - first;
  return list;
}

/// In the sealed process.
void play_runs(const ReplayOptions& options, const fleet::EventList& list, const std::string& directory,
               std::uint32_t first_run, std::uint32_t runs, int pipe) {
  std::filesystem::create_directories(directory + "/run");
  std::filesystem::permissions(directory + "/run", std::filesystem::perms::owner_all);
  ::setenv("XDG_RUNTIME_DIR", (directory + "/run").c_str(), 1);
  const ReplayNodes nodes{directory,
                          {.count = options.nodes,
                           .link_mbit = options.link_mbit,
                           .variant = options.variant,
                           .memory_bytes = replay_memory(options.variant, options.tender)}};
  ReplayFleet fleet{options, directory + "/controller", nodes.inventory(),
                    [&](const std::string& known_hosts) { nodes.pin_host_keys(known_hosts); }};
  const auto begin = monotonic_now();
  fleet.connect();
  const auto connected = monotonic_now();
  write_line(
      pipe,
      {{"type", "connected"}, {"run", first_run}, {"seconds", static_cast<double>((connected - begin).ns()) / 1e9}});
  if (!options.is_cold) fleet.warm_up();
  for (auto run = first_run; run < first_run + runs; ++run) {
    const auto start = options.is_cold ? begin : monotonic_now();
    std::size_t done = 0;
    for (const auto& deployment : fleet.play(run, list, start)) {
      done += deployment.state == "done" ? 1 : 0;
      write_line(pipe, json_of(deployment));
    }
    write_line(pipe, {{"type", "run"}, {"run", run}, {"events", list.events.size()}, {"done", done}});
  }
  for (const auto& complaint : fleet.complaints())
    write_line(pipe, {{"type", "complaint"}, {"text", printable(complaint)}});
}

class Replay {
 public:
  explicit Replay(const ReplayOptions& options) : options_{options}, list_{events_of(options)} {}
  ExitCode run();

 private:
  /// One sealed process, `runs` runs. False: a signal came.
  bool play(std::uint32_t first_run, std::uint32_t runs);
  void take(const std::string& line);
  ExitCode finish();

  const ReplayOptions& options_;
  fleet::EventList list_;
  os_linux::StopSignals signals_;
  std::vector<Deployment> deployments_;
  std::size_t complaints_{0};
};

void Replay::take(const std::string& line) {
  const auto json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return;
  if (options_.json) std::fputs((line + "\n").c_str(), stdout);
  const auto& type = json.at("type");
  if (type == "deployment") deployments_.push_back(deployment_of(json));
  if (type == "complaint") {
    ++complaints_;
    if (!options_.json) fmt::print(stderr, "utnt fleet replay: {}\n", json.at("text").get<std::string>());
  }
  if (type == "connected" && !options_.json)
    fmt::print(stderr, "run {}: {} nodes connected after {:.2f} s\n", json.at("run").get<std::uint32_t>(),
               options_.nodes, json.at("seconds").get<double>());
  if (type == "run" && !options_.json)
    fmt::print(stderr, "run {} of {}: {} of {} events done\n", json.at("run").get<std::uint32_t>(), options_.runs,
               json.at("done").get<std::size_t>(), json.at("events").get<std::size_t>());
}

bool Replay::play(std::uint32_t first_run, std::uint32_t runs) {
  const os_linux::ScratchDirectory scratch{"/tmp", "utnt-replay"};
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) throw os_linux::system_failure("cannot make a pipe", errno);
  UniqueFd reading{ends[0]}, writing{ends[1]};
  std::fflush(nullptr);
  const auto child = fork_sealed();
  if (child == 0) {
    auto code = ExitCode::done;
    try {
      reading = {};
      play_runs(options_, list_, scratch.path(), first_run, runs, writing.get());
    } catch (const Failure& failure) {
      fmt::print(stderr, "utnt fleet replay: {}\n", failure.what());
      code = failure.code();
    } catch (const std::exception& error) {
      fmt::print(stderr, "utnt fleet replay: {}\n", error.what());
      code = ExitCode::environment;
    }
    std::fflush(nullptr);
    ::_exit(to_int(code));
  }
  writing = {};
  std::string text;
  for (bool is_open = true; is_open && !signals_.requested();) {
    pollfd waits[2] = {{reading.get(), POLLIN, 0}, {signals_.fd(), POLLIN, 0}};
    ::poll(waits, 2, -1);
    if (waits[0].revents == 0) continue;
    char buffer[65'536];
    const auto got = ::read(reading.get(), buffer, sizeof buffer);
    is_open = got > 0;
    if (is_open) text.append(buffer, static_cast<std::size_t>(got));
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
      take(text.substr(0, end));
      text.erase(0, end + 1);
    }
  }
  if (signals_.requested()) ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  remove_traces(scratch.path());
  if (signals_.requested()) return false;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw Failure{WIFEXITED(status) ? static_cast<ExitCode>(WEXITSTATUS(status)) : ExitCode::environment,
                  "the sealed fleet ended early; what it said stands above"};
  return true;
}

ExitCode Replay::run() {
  std::uint32_t first = 1;
  check_replay_directory(options_);
  if (options_.continues) deployments_ = recorded_deployments(options_, list_);
  for (const auto& deployment : deployments_) first = std::max(first, deployment.run + 1);
  check_replay_is_possible();
  bool goes_on = true;
  if (options_.is_cold) {
    for (auto run = first; goes_on && run <= options_.runs; ++run) goes_on = play(run, 1);
  } else if (first <= options_.runs) {
    goes_on = play(first, options_.runs - first + 1);
  }
  const auto code = finish();
  return goes_on ? code : ExitCode::interrupted;
}

ExitCode Replay::finish() {
  const auto summary = summarise(options_, deployments_);
  if (const auto note = write_replay_files(options_, summary, deployments_); !note.empty())
    fmt::print(stderr, "utnt fleet replay: {}\n", note);
  std::fputs((options_.json ? summary_json(options_, summary) + "\n" : summary_text(options_, summary)).c_str(),
             stdout);
  const bool is_clean = summary.all.failed == 0 && summary.all.refused == 0 && complaints_ == 0;
  return is_clean && summary.answers <= 1 ? ExitCode::done : ExitCode::done_with_failures;
}

}  // namespace

void add_fleet_replay_options(CLI::App& command, ReplayOptions& options) {
  command.add_option("--policy", options.policy, "When all slots are busy: wait in the queue, or discard the event")
      ->check(CLI::IsMember({"wait", "discard"}))
      ->capture_default_str();
  command.add_option("--variant", options.variant, "What the nodes run")
      ->check(CLI::IsMember({"unikernel", "container", "vm"}))
      ->capture_default_str();
  command.add_option("--tender", options.tender, "Who starts the unikernel on a node")
      ->check(CLI::IsMember({"process", "qemu"}))
      ->capture_default_str();
  command
      .add_option("--events", options.events,
                  "Event list: a file, or paper (59 events in 60 seconds), or paper-full (60)")
      ->type_name("FILE")
      ->capture_default_str();
  command.add_option("--limit", options.limit, "Only the first so many events; 0: all")->capture_default_str();
  command.add_option("--runs", options.runs, "Play the list so often")
      ->check(CLI::Range(1U, 10'000U))
      ->capture_default_str();
  command.add_option("--nodes", options.nodes, "Nodes of one slot each")
      ->check(CLI::Range(1U, 100U))
      ->capture_default_str();
  command.add_option("--link", options.link_mbit, "Rate of each node's link in Mbit/s, both ways; 0: as it is")
      ->capture_default_str();
  command.add_option("--pps", options.pps, "Probes a second of one deployment")->capture_default_str();
  auto* const out =
      command.add_option("--out", options.directory, "Write CSV files and figures (SVG, by gnuplot) there")
          ->type_name("DIRECTORY");
  command
      .add_flag("--continue", options.continues,
                "Count the runs that are there already, and play those that are missing")
      ->needs(out);
  auto* cold = command.add_flag("--cold", options.is_cold,
                                "Every run with new nodes: no agent, no image, no connection is there; the clock runs "
                                "while they are brought");
  command
      .add_flag("--warm", options.is_warm,
                "All nodes connected, and one deployment on each before the first run (default)")
      ->excludes(cold);
  command.add_flag("--json", options.json, "JSON lines on standard output");
}

ExitCode fleet_replay(const ReplayOptions& options) { return Replay{options}.run(); }

}  // namespace utnt::apps
