// SPDX-License-Identifier: BSD-2-Clause
// See ip_link.hpp.
#include "apps/utnt_image/ip_link.hpp"

#include <algorithm>

#include "wire/ethernet.hpp"
#include "wire/ipv4.hpp"

namespace utnt::image {
namespace {

namespace platform = unikernel::platform;

constexpr Duration room_pause{50'000};  ///< between two looks at a full transmit ring
constexpr Duration pause_max{1'000'000'000};
constexpr Duration answer_time{250'000'000};  ///< that the gateway has after the last question
constexpr Duration counters_period{1'000'000'000};

std::uint64_t stamp_of(Instant at) { return static_cast<std::uint64_t>(at.ns()); }

}  // namespace

bool IpLink::connect() {
  std::optional<Instant> give_up;
  while (!edge_.is_ready()) {
    const auto at = now();
    if (const auto question = edge_.poll(buffers_.answer, at)) answer(*question);
    if (edge_.has_failed() && !give_up) give_up = at + answer_time;
    if (give_up && at >= *give_up) return false;
    // The engine does not run yet: a packet that comes now answers nothing.
    wait({}, give_up ? *give_up : std::min(edge_.deadline().value_or(at + pause_max), at + pause_max));
  }
  return true;
}

void IpLink::transmit(std::span<unikernel::Frame> frames) {
  if (frames.empty()) return;
  const auto at = now();
  if (measurements_.first_frame_ns == 0) measurements_.first_frame_ns = stamp_of(at);
  for (auto& frame : frames) frame.stamp = at;
  bool had_to_wait = false;
  for (;;) {
    frames = frames.subspan(platform::tx_burst(frames));
    if (frames.empty()) break;
    had_to_wait = true;
    // A pause would give received frames back to the platform, so that with some in hand there is none.
    if (taken_ == received_ && last_.empty()) platform::wait(now() + room_pause);
  }
  if (had_to_wait) ++measurements_.transmit_waits;
}

void IpLink::flush() {
  transmit(std::span{buffers_.outgoing}.first(queued_));
  queued_ = queued_bytes_ = 0;
}

void IpLink::answer(ConstBytes frame) {
  flush();
  std::array<unikernel::Frame, 1> one{{{MutableBytes{buffers_.answer}.first(frame.size()), {}, 0}}};
  transmit(one);
}

void IpLink::send(wire::Packet packet) {
  const auto length = wire::ethernet_header_bytes + packet.size();
  UTNT_ASSERT(length <= unikernel::frame_bytes_max);
  if (queued_ == buffers_.outgoing.size() || length > buffers_.queue.size() - queued_bytes_) flush();
  const auto frame = MutableBytes{buffers_.queue}.subspan(queued_bytes_, length);
  edge_.write_header(frame);
  copy_bytes(frame.subspan(wire::ethernet_header_bytes), packet);
  buffers_.outgoing[queued_++] = {frame, {}, 0};
  queued_bytes_ += length;
}

/// What the engine has seen and did not ask for may be a question to this host.
void IpLink::answer_last() {
  if (last_.empty()) return;
  const auto frame = last_;
  last_ = {};
  if (const auto reply = edge_.respond(frame, buffers_.answer, now())) answer(*reply);
}

std::optional<wire::Received> IpLink::take(const unikernel::Frame& frame) {
  if (frame.nic != 0) return std::nullopt;
  const auto input = edge_.take(frame.bytes, buffers_.answer);
  if (input.answer) answer(*input.answer);
  if (!input.packet) return std::nullopt;
  if (measurements_.first_reply_ns == 0) measurements_.first_reply_ns = stamp_of(frame.stamp);
  last_ = frame.bytes;
  return wire::Received{*input.packet, frame.stamp};
}

void IpLink::note_counters(Instant now) {
  if (engine_ == nullptr || now - counted_ < counters_period) return;
  counted_ = now;
  records_.write(report::CountersAt{.at = now, .final = false, .interrupted = false, .counters = engine_->counters()});
}

std::optional<wire::Received> IpLink::wait(wire::PacketBuffer, std::optional<Instant> deadline) {
  answer_last();
  flush();
  const bool was_ready = edge_.is_ready();
  for (;;) {
    while (taken_ < received_) {
      if (auto packet = take(buffers_.incoming[taken_++])) return packet;
    }
    if (!was_ready && edge_.is_ready()) return std::nullopt;  // the gateway has answered: do not sit out the pause
    taken_ = 0;
    received_ = platform::rx_burst(buffers_.incoming);
    if (received_ > 0) continue;
    const auto at = now();
    if (deadline && *deadline <= at) return std::nullopt;
    const auto until = std::min(deadline.value_or(at + pause_max), at + pause_max);
    note_counters(at);
    records_.flush_before_pause(at, until);
    if (records_.is_gone()) return std::nullopt;
    platform::wait(until);
  }
}

}  // namespace utnt::image
