// SPDX-License-Identifier: BSD-2-Clause
// A link to whatever stands behind the standard input and output of a child program: `utnt-node relay` on this machine,
// or `ssh` to another one. What the child says on its standard error becomes part of why().
#pragma once

#include "fleet/transport/child_process.hpp"
#include "fleet/transport/frame_stream.hpp"
#include "fleet/transport/link.hpp"

namespace utnt::fleet {

class ProcessLink : public Link {
 public:
  /// Starts the command; throws Failure when that cannot be done.
  explicit ProcessLink(const Command& command, const StreamLimits& limits = {});
  ~ProcessLink() override;

  /// Ends the child's input, after which it should end by itself; the destructor sees to that. Whoever has many links
  /// closes them all first: the children then end at the same time.
  void close(const std::string& why);

  bool send(const Message& message) override;
  std::optional<Message> receive() override;
  /// Watches the child's standard error too, and writes when that is possible: wants_write() is never true.
  [[nodiscard]] int descriptor() const override { return is_open() ? watch_.get() : -1; }
  [[nodiscard]] bool wants_write() const override { return false; }
  [[nodiscard]] std::optional<Instant> wake_at() const override { return stream_.wake_at(); }
  [[nodiscard]] bool is_open() const override { return stream_.is_open(); }
  [[nodiscard]] std::string why() const override { return why_; }
  /// What the child has written to its standard error, its end.
  [[nodiscard]] const std::string& error_text() const { return child_.error_text(); }
  [[nodiscard]] int child_id() const { return child_.id(); }

 private:
  void watch_what_is_wanted();
  void explain();

  ChildProcess child_;
  FrameStream stream_;
  os_linux::UniqueFd watch_;
  bool watches_writing_{false};
  std::string why_;
};

/// The agent of this machine: its relay, with the spool that the agent works on.
Command local_relay_command(const std::string& agent_program, const std::string& spool);

}  // namespace utnt::fleet
