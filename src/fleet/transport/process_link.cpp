// SPDX-License-Identifier: BSD-2-Clause
// The socket and the child's standard error behind one epoll descriptor, so that a child that complains a lot is never
// stopped by a full pipe while its link is watched.
#include "fleet/transport/process_link.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <cerrno>

#include "os_linux/failure.hpp"
#include "os_linux/fault_point.hpp"

namespace utnt::fleet {
namespace {

constexpr Duration end_patience{100'000'000};  ///< for the exit status of a child that has closed its output

/// The last lines, without blanks around and with nothing that moves a terminal's cursor.
std::string tidy(const std::string& text) {
  std::string shown;
  for (const char c : text) {
    if (c == '\n' && !shown.empty() && shown.back() != '\n') shown += '\n';
    if (c >= ' ' && c != 0x7f) shown += c;
  }
  while (!shown.empty() && shown.back() == '\n') shown.pop_back();
  return shown;
}

}  // namespace

ProcessLink::ProcessLink(const Command& command, const StreamLimits& limits)
    : child_{command}, stream_{child_.take_socket(), limits}, watch_{::epoll_create1(EPOLL_CLOEXEC)} {
  epoll_event event{.events = EPOLLIN, .data = {.u64 = 0}};
  if (!watch_.is_open() || ::epoll_ctl(watch_.get(), EPOLL_CTL_ADD, stream_.descriptor(), &event) != 0 ||
      ::epoll_ctl(watch_.get(), EPOLL_CTL_ADD, child_.error_descriptor(), &event) != 0)
    throw os_linux::system_failure("a child program cannot be watched", errno);
}

ProcessLink::~ProcessLink() { close("closed by this side"); }

void ProcessLink::close(const std::string& why) {
  if (!stream_.is_open()) return;  // the destructor asks too
  stream_.close(why);
  why_ = why;
}

bool ProcessLink::send(const Message& message) {
  os_linux::fault_point_of("link", "it is sent a message", child_.id());
  const bool is_queued = stream_.send(message);
  watch_what_is_wanted();
  return is_queued;
}

std::optional<Message> ProcessLink::receive() {
  if (!is_open()) return std::nullopt;
  child_.read_errors();  // once it is closed it leaves the epoll set by itself
  auto message = stream_.receive();
  if (message) os_linux::fault_point_of("link", "it has brought a message", child_.id());
  if (!stream_.is_open()) explain();
  watch_what_is_wanted();
  return message;
}

void ProcessLink::watch_what_is_wanted() {
  if (!stream_.is_open() || stream_.wants_write() == watches_writing_) return;
  watches_writing_ = !watches_writing_;
  epoll_event event{.events = watches_writing_ ? EPOLLIN | EPOLLOUT : EPOLLIN, .data = {.u64 = 0}};
  ::epoll_ctl(watch_.get(), EPOLL_CTL_MOD, stream_.descriptor(), &event);
}

void ProcessLink::explain() {
  if (stream_.was_left()) child_.wait_for_end(end_patience);
  child_.read_errors();
  why_ = stream_.why();
  if (const auto end = child_.how_it_ended(); !end.empty()) why_ += fmt::format(" ({})", end);
  if (const auto said = tidy(child_.error_text()); !said.empty()) why_ += fmt::format(": {}", said);
}

Command local_relay_command(const std::string& agent_program, const std::string& spool) {
  // Whoever works over ssh here may do so by a forced command of another program.
  return {.words = {agent_program, "relay", "--spool", spool}, .environment = {{"SSH_ORIGINAL_COMMAND", ""}}};
}

}  // namespace utnt::fleet
