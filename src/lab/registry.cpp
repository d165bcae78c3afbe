// SPDX-License-Identifier: BSD-2-Clause
// Files of the registry: LABS/NAME/{lock, record.json, counters.txt, scenario.toml, log}, all for their owner alone.
#include "lab/registry.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "os_linux/failure.hpp"

namespace utnt::lab {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::make_private_directory;
using os_linux::system_failure;
using os_linux::UniqueFd;

constexpr std::size_t name_bytes_max = 40;

/// The lock of a lab, or a closed descriptor when somebody holds it.
UniqueFd try_lock(const std::string& directory) {
  UniqueFd file{::open((directory + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file.is_open()) throw system_failure("cannot open " + directory + "/lock", errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
  if (errno != EWOULDBLOCK) throw system_failure("cannot lock " + directory, errno);
  return UniqueFd{};
}

/// Held while the directory of a lab comes or goes: commands that run at the same time would remove it under each
/// other.
UniqueFd lock_registry(const std::string& labs) {
  UniqueFd file{::open((labs + "/.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file.is_open()) throw system_failure("cannot open " + labs + "/.lock", errno);
  while (::flock(file.get(), LOCK_EX) != 0) {
    if (errno != EINTR) throw system_failure("cannot lock " + labs, errno);
  }
  return file;
}

std::string read_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void remove_directory(const std::string& directory) {
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
}

std::optional<LabRecord> read_record(const std::string& path) {
  const auto json = nlohmann::json::parse(read_file(path), nullptr, false);
  if (!json.is_object()) return std::nullopt;
  try {
    LabRecord record;
    json.at("name").get_to(record.name);
    json.at("scenario").get_to(record.scenario);
    json.at("title").get_to(record.title);
    json.at("seed").get_to(record.seed);
    json.at("pid").get_to(record.pid);
    json.at("vantage_point").get_to(record.vantage_point);
    json.at("unix_socket").get_to(record.unix_socket);
    json.at("started").get_to(record.started);
    json.at("destinations").get_to(record.destinations);
    return record;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;  // of another version of this program, or cut short: nothing that we could use
  }
}

}  // namespace

std::string json_text(const LabRecord& record) {
  return nlohmann::ordered_json{{"type", "lab"},
                                {"name", record.name},
                                {"scenario", record.scenario},
                                {"title", record.title},
                                {"seed", record.seed},
                                {"pid", record.pid},
                                {"vantage_point", record.vantage_point},
                                {"unix_socket", record.unix_socket},
                                {"started", record.started},
                                {"destinations", record.destinations}}
      .dump();
}

Registry::Registry(std::string runtime_directory) : labs_{std::move(runtime_directory) + "/labs"} {
  make_private_directory(labs_);
}

std::string Registry::directory_of(const std::string& name) const { return labs_ + "/" + name; }

Registry::Claim Registry::claim(const std::string& name) {
  const bool is_fine =
      !name.empty() && name.size() <= name_bytes_max && name.front() != '.' && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
      });
  if (!is_fine) {
    throw Failure{ExitCode::bad_input,
                  "a lab's name is 1 to 40 letters, digits, '-', '_' or '.', not beginning with '.'"};
  }
  const auto registry = lock_registry(labs_);
  const auto directory = directory_of(name);
  make_private_directory(directory);
  auto lock = try_lock(directory);
  if (!lock.is_open()) {
    throw Failure{ExitCode::bad_input,
                  "the lab " + name + " is up already; `utnt lab down` ends it, or choose another --name"};
  }
  for (const auto& entry : std::filesystem::directory_iterator{directory}) {
    if (entry.path().filename() != "lock") std::filesystem::remove_all(entry.path());
  }
  return {.directory = directory, .lock = std::move(lock)};
}

void Registry::publish(const LabRecord& record) {
  const auto path = directory_of(record.name) + "/record.json";
  const auto text = json_text(record) + "\n";
  const UniqueFd file{::open((path + ".new").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
  if (!file.is_open() || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::rename((path + ".new").c_str(), path.c_str()) != 0) {
    throw system_failure("cannot write " + path, errno);
  }
}

std::vector<LabRecord> Registry::running() {
  const auto registry = lock_registry(labs_);
  std::vector<LabRecord> labs;
  for (const auto& entry : std::filesystem::directory_iterator{labs_}) {
    if (!entry.is_directory()) continue;
    const auto lock = try_lock(entry.path());
    if (lock.is_open()) {
      remove_directory(entry.path());
    } else if (auto record = read_record(entry.path() / "record.json")) {
      labs.push_back(std::move(*record));
    }
  }
  std::ranges::sort(labs, {}, &LabRecord::name);
  return labs;
}

LabRecord Registry::find(const std::string& name) {
  auto labs = running();
  const auto wanted = name.empty() ? std::string{default_lab} : name;
  const auto found = std::ranges::find(labs, wanted, &LabRecord::name);
  if (found != labs.end()) return *found;
  if (name.empty() && labs.size() == 1) return labs.front();
  if (labs.empty()) throw Failure{ExitCode::environment, "no lab is up; start one, for instance: utnt lab up php"};
  std::string names;
  for (const auto& lab : labs) names += (names.empty() ? "" : ", ") + lab.name;
  throw Failure{ExitCode::environment, (name.empty() ? "several labs are up; say which with --name: "
                                                     : "no lab " + name + " is up; there are: ") +
                                           names};
}

std::string Registry::stop(const LabRecord& record, int patience_ms) {
  const auto directory = directory_of(record.name);
  constexpr int step_ms = 5;
  for (int waited = 0;; waited += step_ms) {
    auto registry = lock_registry(labs_);
    if (!std::filesystem::exists(directory)) return {};  // another command has ended it
    const auto lock = try_lock(directory);
    if (lock.is_open()) {
      auto counters = read_file(directory + "/counters.txt");
      remove_directory(directory);
      return counters;
    }
    // The lock is held, so the process is the server and no successor of its number.
    if (waited == 0) ::kill(record.pid, SIGTERM);
    if (waited >= patience_ms) ::kill(record.pid, SIGKILL);
    if (waited >= 2 * patience_ms + 1000) {
      throw Failure{ExitCode::environment,
                    "the server of lab " + record.name + " (process " + std::to_string(record.pid) + ") does not end"};
    }
    registry.reset();
    const timespec pause{0, step_ms * 1'000'000};
    ::nanosleep(&pause, nullptr);
  }
}

}  // namespace utnt::lab
