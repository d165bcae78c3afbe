// SPDX-License-Identifier: BSD-2-Clause
// Lines in, lines out, over a Unix socket for this user alone (0600), and from a descriptor that is open already
// (standard input): triggers and commands for a running controller. Whoever sends too much is cut off; nobody is waited
// for.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>

#include "os_linux/unique_fd.hpp"

namespace utnt::fleet {

class LineServer {
 public:
  /// What to answer to a line: text without its end.
  using Answer = std::function<std::string(const std::string& line)>;

  explicit LineServer(Answer answer);
  ~LineServer();
  LineServer(const LineServer&) = delete;
  LineServer& operator=(const LineServer&) = delete;

  /// Throws os_linux::Failure: another program listens there, or the path is too long.
  void listen(const std::string& path);
  /// Reads lines from a descriptor; answers go nowhere. Not owned. False in has_input() once it has ended.
  void read_from(int descriptor);
  [[nodiscard]] bool has_input() const { return input_ >= 0; }

  /// Readable when step() has something to do.
  [[nodiscard]] int descriptor() const { return watch_.get(); }
  void step();

  static constexpr std::size_t line_max = 64U << 10;
  static constexpr std::size_t clients_max = 64;

 private:
  struct Client {
    os_linux::UniqueFd socket;
    std::string received;
  };
  void watch(int descriptor);
  void accept_clients();
  /// False: it has ended, or is not wanted any more.
  bool serve(int descriptor, std::string& received, bool answers);

  Answer answer_;
  os_linux::UniqueFd watch_;
  os_linux::UniqueFd listener_;
  std::string path_;
  std::map<int, Client> clients_;
  int input_{-1};
  std::string input_received_;
};

/// Sends a line to a server and returns its answer. Throws os_linux::Failure when nobody listens at `path`.
std::string ask_line_server(const std::string& path, const std::string& line);

}  // namespace utnt::fleet
