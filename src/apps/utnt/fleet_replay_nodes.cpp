// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/fleet_replay_nodes.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "apps/utnt/command.hpp"
#include "fleet/transport/known_hosts.hpp"
#include "lab/tap_port.hpp"
#include "os_linux/interfaces.hpp"
#include "os_linux/namespaces.hpp"
#include "os_linux/seal.hpp"
#include "tender/container/left_groups.hpp"
#include "wire/address.hpp"

namespace utnt::apps {
namespace {

constexpr const char* sshd_program = "/usr/sbin/sshd";

constexpr const char* scenario = R"(id = "REPLAY"
title = "A hidden tunnel of three routers, links of 5 ms"
chain = ["VP", "CE1", "PE1", "P1", "P2", "P3", "PE2", "CE2", "D"]
destinations = ["D"]

[as.core]
routers = ["PE1", "P1", "P2", "P3", "PE2"]
push_ttl = "pipe"

[links]
delay_us = 5000
)";

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file{path};
  file << text;
  file.close();
  if (!file) throw Failure{ExitCode::environment, "cannot write " + path};
}

std::string read_file(const std::string& path) {
  std::ifstream file{path};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void must_run(std::vector<std::string> words) {
  const fleet::Command command{.words = std::move(words)};
  const auto result = fleet::run_command(command, {});
  if (result.exit_status != 0)
    throw Failure{ExitCode::environment,
                  fmt::format("{}: exit status {}: {}", fleet::shown(command), result.exit_status, result.errors)};
}

void shape(const std::string& interface, std::uint32_t mbit) {
  if (mbit == 0) return;
  must_run({"tc", "qdisc", "add", "dev", interface, "root", "tbf", "rate", fmt::format("{}mbit", mbit), "burst", "32kb",
            "latency", "400ms"});
}

/// Runs `action` in another network namespace.
template <class Action>
void within(const os_linux::UniqueFd& network, Action action) {
  const auto here = os_linux::current_namespace();
  os_linux::enter_namespace(network.get());
  try {
    action();
  } catch (...) {
    os_linux::enter_namespace(here.get());
    throw;
  }
  os_linux::enter_namespace(here.get());
}

wire::Prefix link_address(std::uint32_t node, std::uint32_t host) {
  return *wire::parse_prefix(fmt::format("10.77.{}.{}/32", node, host));
}

void must(bool is_done, const char* what) {
  if (!is_done) throw os_linux::system_failure(what, errno);
}

std::string spool_of(const std::string& directory_of_node) {
  const auto home = directory_of_node + "/home";
  return home + "/.local/state/utnt-node";
}

/// Mounts of our own: /proc shows this PID namespace, and /run is empty but for what sshd insists on.
void prepare_mounts() {
  must(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "cannot make mounts private");
  must(::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0, "cannot mount /proc");
  must(::mount("none", "/run", "tmpfs", 0, "mode=0755") == 0 && ::mkdir("/run/sshd", 0755) == 0,
       "cannot make /run/sshd");
}

bool answers(const std::string& address) {
  return !fleet::run_command({.words = {"ssh-keyscan", "-T", "1", address}}, {}).output.empty();
}

}  // namespace

void check_replay_is_possible() {
  if (::geteuid() != 0)
    throw Failure{ExitCode::not_permitted,
                  "a fleet of sealed namespaces needs root: it makes network, mount and PID namespaces, and sshd "
                  "separates privileges"};
  for (const char* program : {sshd_program, "/usr/bin/ssh", "/usr/bin/ssh-keygen"})
    if (::access(program, X_OK) != 0)
      throw Failure{ExitCode::environment,
                    fmt::format("{} is not installed (Debian packages openssh-server, openssh-client)", program)};
}

int fork_sealed() {
  const auto child =
      static_cast<int>(::syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  must(child >= 0, "cannot make a PID namespace");
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    prepare_mounts();
    os_linux::enter_new_sealed_namespace();
  }
  return child;
}

std::uint64_t replay_memory(const std::string& variant, const std::string& tender) {
  constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
  if (variant == "vm") return 128 * mebibyte;
  if (variant == "container" || tender == "qemu") return 64 * mebibyte;
  return 4 * mebibyte;
}

void remove_traces(const std::string& directory) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry{directory, error}, end; !error && entry != end; entry.increment(error))
    tender::remove_left_groups(spool_of(entry->path()) + "/containers");
}

ReplayNodes::ReplayNodes(std::string directory, Setting setting)
    : directory_{std::move(directory)}, setting_{std::move(setting)} {
  write_file(directory_ + "/scenario.toml", scenario);
  must_run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", directory_ + "/user_key"});
  for (std::uint32_t i = 1; i <= setting_.count; ++i) add_node(i);
  for (const auto& node : nodes_) {
    constexpr int tries = 500, pause_ms = 10;
    for (int i = 0; !answers(node.address); ++i) {
      node.sshd->read_errors();
      if (i == tries || node.sshd->has_ended())
        throw Failure{ExitCode::environment,
                      fmt::format("the sshd of {} does not start: {}", node.name, node.sshd->error_text())};
      ::poll(nullptr, 0, pause_ms);
    }
  }
}

void ReplayNodes::add_node(std::uint32_t number) {
  Node node;
  node.name = fmt::format("node-{}", number);
  node.directory = fmt::format("{}/{}", directory_, node.name);
  node.address = fmt::format("10.77.{}.2", number);
  std::filesystem::create_directories(node.directory + "/home");
  // Sockets there are named after process numbers, which are the same in other replays' namespaces.
  std::filesystem::create_directories(node.directory + "/run");
  must_run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", node.directory + "/host_key"});
  write_file(
      node.directory + "/sshd_config",
      fmt::format(
          "Port 22\nListenAddress {}\nHostKey {}/host_key\nAuthorizedKeysFile {}/user_key.pub\n"
          "SetEnv HOME={}/home XDG_RUNTIME_DIR={}/run\nPidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\n"
          "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPrintMotd no\nLogLevel ERROR\n"
          "X11Forwarding no\nUseDNS no\nIgnoreRhosts yes\n",
          node.address, node.directory, directory_, node.directory, node.directory));
  const auto parent = os_linux::current_namespace();
  os_linux::enter_new_sealed_namespace();
  node.network = os_linux::current_namespace();
  os_linux::enter_namespace(parent.get());
  os_linux::join_by_veth(node.name.c_str(), "uplink", node.network.get());
  const auto near = link_address(number, 1), far = link_address(number, 2);
  os_linux::add_address(node.name, {near.address, 30});
  shape(node.name, setting_.link_mbit);
  within(node.network, [&] {
    os_linux::add_address("uplink", {far.address, 30});
    shape("uplink", setting_.link_mbit);
    node.sshd = std::make_unique<fleet::ChildProcess>(
        fleet::Command{.words = {sshd_program, "-D", "-e", "-f", node.directory + "/sshd_config"}});
  });
  // The owner of a node allows what its instances may be.
  const auto spool = spool_of(node.directory);
  std::filesystem::create_directories(spool);
  write_file(spool + "/config.json",
             fmt::format(R"({{"variants":["{}"],"memory_max":{}}})", setting_.variant, setting_.memory_bytes));
  // A lab of its own: the same network for each node, and none is in another's way. Containers want an interface.
  const auto program = std::filesystem::read_symlink("/proc/self/exe").string();
  std::vector<std::string> lab{program, "lab", "up", directory_ + "/scenario.toml", "--name", node.name};
  if (setting_.variant == "container") {
    // A process of the node's namespace that is not the first one here: the seal compares the two.
    lab.insert(lab.begin(), {"nsenter", fmt::format("--net=/proc/{}/fd/{}", ::getpid(), node.network.get())});
    lab.insert(lab.end(), {"--port", "here"});
  } else {
    lab.insert(lab.end(), {"--unix", node.directory + "/port"});
  }
  must_run(std::move(lab));
  nodes_.push_back(std::move(node));
}

fleet::Inventory ReplayNodes::inventory() const {
  fleet::Inventory inventory;
  for (const auto& node : nodes_) {
    fleet::InventoryNode entry{.name = node.name, .host = node.address, .user = "root"};
    entry.key = directory_ + "/user_key";
    entry.limits.pps = 1000;
    entry.limits.memory = setting_.memory_bytes;
    const bool is_container = setting_.variant == "container";
    entry.network = {.kind = is_container ? "ring" : "unix",
                     .peer = is_container ? lab::lab_interface : node.directory + "/port",
                     .address = "20.0.1.1/30",
                     .gateway = "20.0.1.2"};
    inventory.nodes.push_back(std::move(entry));
  }
  return inventory;
}

void ReplayNodes::pin_host_keys(const std::string& known_hosts) const {
  for (const auto& node : nodes_) {
    const auto text = node.name + " " + read_file(node.directory + "/host_key.pub");
    fleet::pin_keys(known_hosts, node.name, fleet::host_keys_named(text, node.name));
  }
}

}  // namespace utnt::apps
