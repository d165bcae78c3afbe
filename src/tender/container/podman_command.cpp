// SPDX-License-Identifier: BSD-2-Clause
// See podman_command.hpp.
#include "tender/container/podman_command.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "os_linux/exit_code.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::to_int;

std::vector<std::string> common(const Podman& podman) {
  // podman finds its helpers in these; and it is told no other word of our environment.
  return {"/usr/bin/env",
          "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          "HOME=" + podman.directory,
          "CONTAINERS_CONF=" + podman.configuration_file(),
          podman.program,
          "--log-level",
          "error",
          "--root",
          podman.directory + "/root",
          "--runroot",
          podman.run_directory(),
          "--tmpdir",
          podman.run_directory() + "/tmp",
          "--runtime",
          podman.runtime,
          "--cgroup-manager",
          "cgroupfs",
          "--events-backend",
          "none"};
}

std::vector<std::string> with(std::vector<std::string> words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

std::string Podman::configuration_file() const { return directory + "/containers.conf"; }

std::string Podman::run_directory() const {
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325U;  // FNV-1a
  for (const char c : directory) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3U;
  return fmt::format("/run/utnt-containers-{:016x}", hash);
}

std::string container_image_name(const std::string& path) {
  constexpr std::size_t tag_max = 128;
  const auto tag = path.substr(path.rfind('/') + 1);
  const auto fits = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' ||
           c == '-';
  };
  const bool is_good = !tag.empty() && tag.size() <= tag_max && tag.front() != '.' && tag.front() != '-' &&
                       std::all_of(tag.begin(), tag.end(), fits);
  return is_good ? "localhost/utnt:" + tag : std::string{};
}

std::vector<std::string> podman_sweep(const Podman& podman) {
  return with(common(podman), {"rm", "--all", "--force", "--time", "0"});
}

std::vector<std::string> podman_has_image(const Podman& podman, const std::string& image) {
  return with(common(podman), {"image", "exists", image});
}

std::vector<std::string> podman_import(const Podman& podman, const std::string& path, const std::string& image) {
  return with(common(podman), {"import", "--quiet", path, image});
}

std::vector<std::string> podman_remove(const Podman& podman, const std::string& name) {
  return with(common(podman), {"rm", "--force", "--time", "0", "--ignore", name});
}

std::vector<std::string> podman_run(const Podman& podman, const ContainerPlan& plan) {
  const auto file = [&](const char* ending) { return podman.directory + "/" + plan.name + ending; };
  auto words = with(common(podman), {"run", "--rm", "--name", plan.name, "--pidfile", file(".pid"), "--conmon-pidfile",
                                     file(".conmon"), "--pull", "never", "--log-driver", "none"});
  // Nobody, who may open raw sockets and nothing else; no new privileges, nothing to write to.
  words =
      with(std::move(words), {"--user", "65534:65534", "--cap-drop", "all", "--cap-add", "NET_RAW", "--security-opt",
                              "no-new-privileges", "--read-only", "--read-only-tmpfs=false", "--no-hosts"});
  // Explicit, because raising them to podman's own defaults may be refused.
  words = with(std::move(words), {"--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024", "--pids-limit", "16"});
  const auto memory = std::to_string(plan.memory_bytes);
  words = with(std::move(words), {"--memory", memory, "--memory-swap", memory});
  if (plan.processors > 0) words = with(std::move(words), {"--cpus", fmt::format("{:.2f}", plan.processors)});
  if (plan.seconds != 0) words = with(std::move(words), {"--timeout", std::to_string(plan.seconds)});
  words = with(std::move(words), {"--network", "ns:" + plan.network, "--preserve-fds", "2", plan.image});
  // Half of the memory is for the engine's tables: the other half for the program, its packets, and its set-up.
  words = with(std::move(words),
               {"/utnt-prober", "--records", std::to_string(container_record_descriptor), "--module",
                std::to_string(container_module_descriptor), "--tables", std::to_string(plan.memory_bytes / 2)});
  if (!plan.interface.empty()) words = with(std::move(words), {"--interface", plan.interface});
  return with(std::move(words), {"--", plan.command_line});
}

StatusMeaning meaning_of_podman_status(int status) {
  constexpr int podmans_own = 125, not_executable = 126, not_found = 127, by_signal = 128, killed = by_signal + 9;
  if (status == podmans_own || status == not_executable)
    return {to_int(ExitCode::environment), "podman or its runtime could not start the container; the log says why"};
  if (status == not_found) return {to_int(ExitCode::bad_input), "the image holds no /utnt-prober that can be executed"};
  if (status == killed)
    return {to_int(ExitCode::no_trailer),
            "the container was killed: from outside, or it needed more memory than its limit"};
  if (status > by_signal && status != to_int(ExitCode::interrupted))
    return {to_int(ExitCode::guest_fault), "the program in the container faulted"};
  return {status, ""};
}

}  // namespace utnt::tender
