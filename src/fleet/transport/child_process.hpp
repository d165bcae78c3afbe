// SPDX-License-Identifier: BSD-2-Clause
// A child program whose standard input and output are one end of a socketpair and whose standard error is kept, up to a
// bound, for the message about its failure. It has a session of its own: no terminal to ask questions at, and Ctrl-C
// is the parent's alone. In the destructor it is killed and reaped.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::fleet {

struct Command {
  std::vector<std::string> words;  ///< the program (looked for in PATH) and its arguments
  std::vector<std::pair<std::string, std::string>> environment{};  ///< set beside ours, or instead of ours
};

/// For people: the words with blanks between, quoted as a shell wants them.
std::string shown(const Command& command);

class ChildProcess {
 public:
  /// Throws Failure that names the program when it cannot be started.
  explicit ChildProcess(const Command& command);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  /// Our end of its standard input and output; -1 once it was taken.
  [[nodiscard]] int socket() const { return socket_.get(); }
  os_linux::UniqueFd take_socket() { return std::move(socket_); }
  /// -1 once it has ended.
  [[nodiscard]] int error_descriptor() const { return errors_.get(); }
  [[nodiscard]] int id() const { return id_; }

  /// Reads what it has written to its standard error, without waiting.
  void read_errors();
  /// The end of what it has written there.
  [[nodiscard]] const std::string& error_text() const { return error_text_; }

  /// Whether it has ended, without waiting: reaps it then.
  bool has_ended();
  /// Waits up to `patience` for its end.
  bool wait_for_end(Duration patience);
  /// Ends its input, kills it when it does not end by that, and reaps it.
  void end() noexcept;
  /// "exit status 3", "signal 9"; empty while it runs.
  [[nodiscard]] std::string how_it_ended() const;
  /// Nothing: it runs, or a signal ended it.
  [[nodiscard]] std::optional<int> exit_status() const;

 private:
  int id_{-1};
  std::optional<int> status_;  ///< of waitpid
  os_linux::UniqueFd socket_;
  os_linux::UniqueFd errors_;
  std::string error_text_;
};

struct CommandResult {
  int exit_status{-1};  ///< -1: a signal or the time limit ended it
  std::string output{};
  std::string errors{};
  bool is_out_of_time{false};
};

struct CommandLimits {
  Duration time_max{60'000'000'000};
  std::size_t output_bytes_max{std::size_t{1} << 20};  ///< what comes beyond it ends the command
  int cancel{-1};                                      ///< a descriptor: readable ends the command
};

/// Runs a command to its end: `input` goes to its standard input, which is then closed.
CommandResult run_command(const Command& command, ConstBytes input, const CommandLimits& limits = {});

}  // namespace utnt::fleet
