// SPDX-License-Identifier: BSD-2-Clause
// Non-blocking socket calls around the frame codec. A peer that closed may have sent a last word before: reading goes
// on to the end of the stream although writing fails.
#include "fleet/transport/frame_stream.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/fault_point.hpp"

namespace utnt::fleet {
namespace {

constexpr std::size_t read_bytes = std::size_t{64} << 10;

bool is_only_for_now(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

FrameStream::FrameStream(os_linux::UniqueFd socket, const StreamLimits& limits)
    : socket_{std::move(socket)}, limits_{limits}, heard_{os_linux::monotonic_now()} {
  const int flags = ::fcntl(socket_.get(), F_GETFL);
  if (flags < 0 || ::fcntl(socket_.get(), F_SETFL, flags | O_NONBLOCK) < 0)
    throw os_linux::system_failure("a link's socket cannot be made non-blocking", errno);
}

void FrameStream::close(const std::string& why) {
  if (!is_open()) return;
  why_ = why;
  socket_.reset();
  queue_.clear();
  sent_ = 0;
}

bool FrameStream::send(const Message& message) {
  if (!is_open() || !can_write_) return false;
  if (sent_ == queue_.size()) {
    queue_.clear();
    sent_ = 0;
  }
  const std::size_t waiting = queue_.size() - sent_;
  const std::size_t frame =
      frame_head_bytes + message.job.size() + message.digest.size() / 2 + message.text.size() + message.body.size();
  if (waiting > 0 && waiting + frame > limits_.queue_bytes_max) return false;
  if (sent_ > queue_.size() / 2) {
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(sent_));
    sent_ = 0;
  }
  append_frame(queue_, message);
  os_linux::fault_point("before a message is written");
  write_some();
  os_linux::fault_point("after a message was written");
  return true;
}

void FrameStream::write_some() {
  while (wants_write()) {
    const ssize_t wrote =
        ::send(socket_.get(), queue_.data() + sent_, queue_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (wrote < 0) {
      if (is_only_for_now(errno)) return;
      can_write_ = false;
      write_error_ = std::strerror(errno);
      return;
    }
    sent_ += static_cast<std::size_t>(wrote);
  }
}

FrameStream::Input FrameStream::read_some() {
  std::array<std::byte, read_bytes> piece;
  const ssize_t got = ::recv(socket_.get(), piece.data(), piece.size(), MSG_DONTWAIT);
  if (got > 0) {
    heard_ = os_linux::monotonic_now();
    decoder_.add(ConstBytes{piece}.first(static_cast<std::size_t>(got)));
    return Input::got;
  }
  if (got < 0 && is_only_for_now(errno)) return Input::nothing;
  was_left_ = true;
  if (decoder_.is_inside_frame()) {
    close("the connection was cut inside a message");
  } else if (got < 0) {
    close(fmt::format("the connection was cut: {}", std::strerror(errno)));
  } else {
    close("the other side closed the connection");
  }
  return Input::ended;
}

std::optional<Message> FrameStream::receive() {
  if (!is_open()) return std::nullopt;
  write_some();
  for (;;) {
    if (auto message = decoder_.next()) {
      os_linux::fault_point("a message has come");
      return message;
    }
    if (decoder_.is_broken()) {
      close(fmt::format("the other side does not speak our protocol: {}", decoder_.why()));
      return std::nullopt;
    }
    const Input input = read_some();
    if (input == Input::got) continue;
    if (input == Input::ended) return std::nullopt;
    if (!can_write_) close(fmt::format("the other side reads no more: {}", write_error_));
    if (const auto deadline = wake_at(); deadline && os_linux::monotonic_now() >= *deadline)
      close(fmt::format("nothing was heard for {} ms", limits_.silence_max.ns() / 1'000'000));
    return std::nullopt;
  }
}

std::optional<Instant> FrameStream::wake_at() const {
  if (!is_open() || limits_.silence_max <= Duration{0}) return std::nullopt;
  return heard_ + limits_.silence_max;
}

}  // namespace utnt::fleet
