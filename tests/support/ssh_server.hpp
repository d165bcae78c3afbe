// SPDX-License-Identifier: BSD-2-Clause
// OpenSSH's sshd for one test, inside a sealed namespace: bound to its loopback, with host key, user key and
// authorized_keys of its own in a temporary directory that is the user's home as well. The system's sshd, its keys and
// its files take no part. Use it inside run_in_sealed_child, as root.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "fleet/transport/known_hosts.hpp"
#include "fleet/transport/ssh_command.hpp"
#include "fleet/transport/transport_test_support.hpp"
#include "os_linux/seal.hpp"

namespace utnt::test_support {

/// Why there can be no sshd here; empty: there can.
inline std::string why_no_ssh_server() {
  for (const char* program : {"/usr/sbin/sshd", "/usr/bin/ssh", "/usr/bin/ssh-keygen"})
    if (::access(program, X_OK) != 0) return std::string{program} + " is not installed";
  if (::geteuid() != 0) return "sshd with privilege separation needs root";
  return {};
}

class SshServer {
 public:
  static constexpr std::uint16_t default_port = 2222;
  struct Setting {
    std::uint16_t port{default_port};
    std::string environment{};  ///< of its sessions, NAME=VALUE with blanks between
  };

  SshServer() : SshServer{Setting{}} {}
  explicit SshServer(Setting setting) : setting_{std::move(setting)} {
    if (const auto verdict = os_linux::check_seal(); !verdict.is_sealed)
      throw std::runtime_error{"sshd starts only in a sealed namespace: " + verdict.reason};
    make_privilege_separation_directory();
    for (const char* name : {"host_key", "user_key", "other_key"}) make_key(directory_ / name);
    fleet::test::write_file(directory_ / "authorized_keys", fleet::test::file_text(directory_ / "user_key.pub"));
    fleet::test::write_file(directory_ / "ssh_config", "");
    ::mkdir(home().c_str(), 0700);
    fleet::prepare_runtime_dir(directory_ / "run");
    start();
    fleet::pin_keys(places().known_hosts, target().name, {host_key("host_key")});
  }
  SshServer(const SshServer&) = delete;
  SshServer& operator=(const SshServer&) = delete;
  /// Ends the shared connection first: with it go the sessions, which would outlive the sshd that listens.
  ~SshServer() {
    end_shared_connection(target());
    sshd_.reset();
  }

  /// The node with its right key.
  [[nodiscard]] fleet::SshTarget target() const {
    return {
        .name = "lyon-1", .host = "127.0.0.1", .user = user_, .port = setting_.port, .key = directory_ / "user_key"};
  }
  [[nodiscard]] fleet::SshPlaces places() const {
    return {.runtime_dir = directory_ / "run", .known_hosts = directory_ / "pins", .config = directory_ / "ssh_config"};
  }
  [[nodiscard]] std::string home() const { return directory_ / "home"; }
  [[nodiscard]] const test::TemporaryDirectory& directory() const { return directory_; }

  [[nodiscard]] fleet::HostKey host_key(const std::string& name) const {
    const auto text = fleet::test::file_text(directory_ / (name + ".pub"));
    return fleet::host_keys_named("name " + text, "name").at(0);
  }

  void end_shared_connection(const fleet::SshTarget& of) const {
    fleet::run_command(fleet::ssh_control_command(of, places(), fleet::SshControl::exit), {});
  }

  /// Starts again with another host key, as a machine that was set up anew, or one that only pretends.
  void restart_with_host_key(const std::string& name) {
    end_shared_connection(target());
    sshd_.reset();
    host_key_ = name;
    start();
  }
  void stop() { sshd_.reset(); }

 private:
  static void make_key(const std::string& path) {
    const auto made = fleet::run_command(
        {.words = {"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path}}, {});
    if (made.exit_status != 0) throw std::runtime_error{"ssh-keygen: " + made.errors};
  }

  /// sshd insists on /run/sshd. Where it is not, it is made in a mount namespace of this child.
  static void make_privilege_separation_directory() {
    if (::access("/run/sshd", F_OK) == 0) return;
    const bool is_done = ::unshare(CLONE_NEWNS) == 0 &&
                         ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         ::mount("none", "/run", "tmpfs", 0, "mode=0755") == 0 && ::mkdir("/run/sshd", 0755) == 0;
    if (!is_done) throw std::runtime_error{std::string{"/run/sshd cannot be made: "} + std::strerror(errno)};
  }

  void start() {
    fleet::test::write_file(
        directory_ / "sshd_config",
        "Port " + std::to_string(setting_.port) + "\nListenAddress 127.0.0.1\nHostKey " + directory_ / host_key_ +
            "\nAuthorizedKeysFile " + directory_ / "authorized_keys" + "\nSetEnv HOME=" + home() + " " +
            setting_.environment +
            "\nPidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\nPasswordAuthentication no\n"
            "KbdInteractiveAuthentication no\nX11Forwarding no\nPrintMotd no\nLogLevel ERROR\n"
            "ClientAliveInterval 5\nClientAliveCountMax 2\nIgnoreRhosts yes\n");
    sshd_ = std::make_unique<fleet::ChildProcess>(fleet::Command{
        .words = {"setpriv", "--pdeathsig", "KILL", "/usr/sbin/sshd", "-D", "-e", "-f", directory_ / "sshd_config"}});
    for (int i = 0; i < 500; ++i) {
      const auto probe =
          fleet::run_command({.words = {"/usr/bin/ssh-keyscan", "-p", std::to_string(setting_.port), "127.0.0.1"}}, {});
      if (!probe.output.empty()) return;
      sshd_->read_errors();
      if (sshd_->has_ended()) break;
      ::poll(nullptr, 0, 10);
    }
    throw std::runtime_error{"sshd does not start: " + sshd_->error_text()};
  }

  test::TemporaryDirectory directory_{"/tmp"};
  std::string user_{::getpwuid(::geteuid())->pw_name};
  std::string host_key_{"host_key"};
  Setting setting_;
  std::unique_ptr<fleet::ChildProcess> sshd_;
};

}  // namespace utnt::test_support
