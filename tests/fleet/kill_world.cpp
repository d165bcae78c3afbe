// SPDX-License-Identifier: BSD-2-Clause
#include "kill_world.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <utility>

#include "os_linux/clock.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::fleet::test {
namespace {

using os_linux::monotonic_now;
using utnt::test::file_text;
using utnt::test::write_file;

constexpr Duration run_patience{60'000'000'000}, end_patience{5'000'000'000};
constexpr useconds_t look_again_us = 10'000;
constexpr int starts_max = 5;  ///< of a controller; a kill happens once
const std::string program = UTNT_FAULT_PROGRAM;

FaultBoard* new_board(const std::string& path) {
  write_file(path, std::string(sizeof(FaultBoard), '\0'));
  const os_linux::UniqueFd file{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  void* const place = ::mmap(nullptr, sizeof(FaultBoard), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (place == MAP_FAILED) throw std::runtime_error{"no board " + path};
  return static_cast<FaultBoard*>(place);
}

std::vector<std::string> names_below(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator{directory, error})
    names.push_back(entry.path().filename().string());
  return names;
}

/// Of a process that may end while it is read: then it is empty.
std::string proc_text(const std::string& path) {
  std::ifstream file{path};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Of processes that work in the directory, by their command lines and programs; a zombie is nobody.
std::vector<std::string> processes_of(const std::string& directory) {
  std::vector<std::string> found;
  for (const auto& name : names_below("/proc")) {
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    auto words = proc_text("/proc/" + name + "/cmdline");
    std::ranges::replace(words, '\0', ' ');
    std::error_code error;
    const auto target = std::filesystem::read_symlink("/proc/" + name + "/exe", error).string();
    if (utnt::test::contains(words, directory) || utnt::test::contains(target, directory))
      found.push_back(name + " " + words);
  }
  return found;
}

template <class Condition>
bool comes_true(Duration patience, const Condition& condition) {
  for (const auto end = monotonic_now() + patience; monotonic_now() < end; ::usleep(look_again_us))
    if (condition()) return true;
  return condition();
}

/// How often the agent has said of each job that a complete result of it lies in the spool.
std::map<std::string, std::uint64_t> spooled_by_log(const std::string& log) {
  std::map<std::string, std::uint64_t> spooled;
  std::istringstream lines{log};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    std::string time, job, id, ended, how;
    words >> time >> job >> id >> ended >> how;
    if (job == "job" && ended == "ended:" && how == "complete") ++spooled[id];
  }
  return spooled;
}

}  // namespace

KillLab::KillLab() {
  const auto made = run_command({.words = {program, "lab", "up", "php", "--unix", port(), "--name", "kills"},
                                 .environment = {{"XDG_RUNTIME_DIR", directory_.path()}}},
                                {});
  if (made.exit_status != 0) throw std::runtime_error{"lab up: " + made.errors};
}

KillLab::~KillLab() {
  run_command({.words = {program, "lab", "down", "--all"}, .environment = {{"XDG_RUNTIME_DIR", directory_.path()}}},
              {});
}

KillWorld::KillWorld(const KillLab& lab, std::string directory, KillPlan plan)
    : directory_{std::move(directory)},
      plan_{std::move(plan)},
      spool_{directory_ + "/fleet/spool-node-1"},
      node_{"host = \"localhost\"\n"},
      network_{fmt::format("[node.network]\nkind = \"unix\"\npeer = \"{}\"\naddress = \"20.0.1.1/30\"\n"
                           "gateway = \"20.0.1.2\"\n",
                           lab.port())},
      board_{new_board(directory_ + "/board")} {
  std::filesystem::create_directories(directory_ + "/run");
  board_->set(plan_.victim, plan_.place);
}

KillWorld::~KillWorld() { ::munmap(board_, sizeof(FaultBoard)); }

void KillWorld::use_node(const std::string& entry, const std::string& spool) {
  node_ = entry;
  spool_ = spool;
}

std::vector<std::pair<std::string, std::string>> KillWorld::environment() const {
  return {{"UTNT_FAULT_BOARD", directory_ + "/board"}, {"XDG_RUNTIME_DIR", directory_ + "/run"}};
}

Command KillWorld::command(std::vector<std::string> words) const {
  std::vector<std::string> all{program, "fleet", "run"};
  all.insert(all.end(), std::make_move_iterator(words.begin()), std::make_move_iterator(words.end()));
  for (const auto& word : {std::string{"--enrol"}, std::string{"--dir"}, directory_ + "/fleet",
                           std::string{"--inventory"}, directory_ + "/inventory.toml"})
    all.push_back(word);
  return {.words = std::move(all), .environment = environment()};
}

CommandResult KillWorld::run_controller(bool is_first) const {
  const auto words = command({"--events", directory_ + "/events", "--campaign", "kills", "--policy", plan_.policy,
                              "--pps", std::to_string(plan_.pps)});
  if (!is_first || !plan_.meddle) return run_command(words, {}, {.time_max = run_patience});
  ChildProcess controller{words};
  plan_.meddle(controller);
  CommandResult result;
  result.is_out_of_time = !controller.wait_for_end(run_patience);
  controller.read_errors();
  result.errors = controller.error_text();
  result.exit_status = controller.exit_status().value_or(-1);
  return result;
}

std::vector<std::string> KillWorld::processes() const { return processes_of(directory_); }

std::string KillWorld::agent_log_text() const { return file_text(spool_ + "/agent.log"); }

KillOutcome KillWorld::run() {
  write_file(directory_ + "/inventory.toml",
             "[[node]]\nname = \"node-1\"\nslots = 3\nlimits = {pps = 3000}\n" + node_ + network_);
  std::string events;
  for (std::uint32_t i = 0; i < jobs; ++i) events += "0 targets=20.0.8.2\n";
  write_file(directory_ + "/events", events);
  KillOutcome outcome;
  int code = -1;
  for (int i = 0; i < starts_max && code < 0; ++i) {
    const auto result = run_controller(i == 0);
    code = result.exit_status;
    outcome.trouble += fmt::format("--- start {}: exit status {}\n{}", i + 1, code, result.errors);
    if (result.is_out_of_time) break;
  }
  // What came too late for it, such as a result of a job that was given up, waits for the next controller.
  const auto is_empty = [this] {
    return names_below(spool_ + "/results").empty() && names_below(spool_ + "/jobs").empty();
  };
  if (!comes_true(Duration{200'000'000}, is_empty) || agent_id() == 0) collect(outcome, is_empty);
  outcome.is_settled = (code == 0 || code == 1) && comes_true(Duration{1'000'000'000}, is_empty);
  outcome.is_struck = board_->kills > 0;
  outcome.where = board_->where.data();
  for (std::size_t i = 0; i < victims; ++i) outcome.seen[i] = board_->seen[i];
  board_->set(Victim::controller, 0);
  end_agent();
  examine(outcome);
  outcome.left_over = left_over();
  if (!outcome.is_right()) outcome.trouble += "--- agent.log\n" + file_text(spool_ + "/agent.log");
  return outcome;
}

/// 0: there is none.
int KillWorld::agent_id() const {
  const auto agent = std::atoi(file_text(spool_ + "/agent.lock").c_str());
  const auto words = proc_text(fmt::format("/proc/{}/cmdline", agent));
  return agent > 1 && utnt::test::contains(words, "agent") ? agent : 0;
}

/// The next controller, for as long as the spool holds something: it brings the agent back, and fetches what is left.
void KillWorld::collect(KillOutcome& outcome, const std::function<bool()>& is_empty) const {
  ChildProcess controller{command({"--stay"})};
  comes_true(end_patience, [&] { return is_empty() && agent_id() != 0; });
  ::kill(controller.id(), SIGTERM);
  controller.wait_for_end(end_patience);
  controller.read_errors();
  outcome.trouble += "--- collecting: " + controller.how_it_ended() + "\n" + controller.error_text();
}

void KillWorld::end_agent() const {
  // There may be a second one: that of a relay whose controller was killed, waiting for the first one's lock.
  comes_true(end_patience, [this] {
    bool is_there = false;
    for (const auto& words : processes_of(spool_)) {
      if (!utnt::test::contains(words, " agent ")) continue;
      is_there = true;
      ::kill(std::atoi(words.c_str()), SIGTERM);
    }
    return !is_there;
  });
}

void KillWorld::examine(KillOutcome& outcome) const {
  const auto store = Store::open(directory_ + "/fleet/fleet.db", {.access = Access::reader});
  const auto balance = store.balance();
  outcome.imbalance = balance.alert;
  if (balance.accepted != jobs) outcome.imbalance += fmt::format("{} jobs were accepted", balance.accepted);
  if (const auto broken = store.broken_audit()) outcome.imbalance += fmt::format("audit row {} is broken", *broken);
  const auto spooled = spooled_by_log(file_text(spool_ + "/agent.log"));
  for (const auto& job : store.list_jobs({})) {
    if (!is_final(job.state)) outcome.imbalance += "job " + job.id + " has no final state";
    const auto results = store.results_of(job.id);
    const auto counting =
        std::ranges::count_if(results, [](const auto& row) { return row.is_complete && !row.is_late; });
    const auto complete = std::ranges::count_if(results, [](const auto& row) { return row.is_complete; });
    if (counting > 1) ++outcome.twice;
    const bool is_done = job.state == JobState::done;
    if (is_done) ++outcome.done;
    if (is_done != (counting == 1)) ++outcome.lost;
    const auto said = spooled.find(job.id);
    if (said != spooled.end() && complete == 0) ++outcome.lost;
    if (plan_.policy == "discard" && said != spooled.end() && said->second > 1) ++outcome.runs_over;
  }
}

std::string KillWorld::left_over() const {
  std::string left;
  std::vector<std::string> processes;
  // Who was killed or told to end may need a moment; the shared connection of ssh is kept on purpose.
  comes_true(end_patience, [&] {
    processes = processes_of(directory_);
    std::erase_if(processes, [](const auto& words) {
      return utnt::test::contains(words, "sshd") || utnt::test::contains(words, "ssh: ");
    });
    return processes.empty();
  });
  for (const auto& words : processes) left += "process " + words + "\n";
  for (const auto& name : names_below(directory_ + "/run"))
    if (name.starts_with("utnt-nic")) left += "socket run/" + name + "\n";
  for (const auto* file : {"/agent.sock"})
    if (std::filesystem::exists(spool_ + file)) left += std::string{"socket of the agent\n"};
  for (const auto* folder : {"/jobs", "/results", "/aside", "/images"})
    for (const auto& name : names_below(spool_ + folder))
      if (name.starts_with('.') || std::string_view{folder} != "/images")  // a part of an image is gone on with
        left += fmt::format("file {}/{}\n", folder, name);
  for (const auto& name : names_below(directory_ + "/fleet/fleet.db.images"))
    if (name.ends_with(".part")) left += "file " + name + "\n";
  return left;
}

}  // namespace utnt::fleet::test
