// SPDX-License-Identifier: BSD-2-Clause
// See ip_link.hpp.
#include "apps/utnt_image/ip_link.hpp"

#include <algorithm>

#include "apps/utnt_image/log_line.hpp"
#include "wire/ethernet.hpp"
#include "wire/ipv4.hpp"

namespace utnt::image {
namespace {

namespace platform = unikernel::platform;

constexpr Duration room_pause{50'000};  ///< between two looks at a full transmit ring
constexpr Duration pause_max{1'000'000'000};
constexpr unsigned bursts_max = 8;  ///< read without a packet for the engine before its deadline counts
constexpr Duration counters_period{1'000'000'000};

std::uint64_t stamp_of(Instant at) { return static_cast<std::uint64_t>(at.ns()); }

}  // namespace

bool IpLink::connect() {
  while (!edge_.is_ready()) {
    if (edge_.has_failed()) return false;
    // The engine does not run yet: a packet that comes now answers nothing.
    wait({}, pause_end(now(), std::nullopt));
  }
  return true;
}

Instant IpLink::pause_end(Instant now, std::optional<Instant> deadline) const {
  auto until = std::min(deadline.value_or(now + pause_max), now + pause_max);
  if (const auto edge = edge_.deadline()) until = std::min(until, *edge);
  if (lease_ == nullptr) return until;
  const auto lease = lease_->deadline();
  return lease ? std::min(until, *lease) : until;
}

/// Sends what the interface owes its link by now.
void IpLink::serve(Instant now) {
  while (const auto frame = edge_.poll(buffers_.answer, now)) answer(*frame);
  if (lease_ == nullptr) return;
  const auto message = lease_->poll(buffers_.answer, now);
  if (message) send(message->subspan(wire::ethernet_header_bytes));
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
  copy_bytes(frame.subspan(wire::ethernet_header_bytes), packet);
  // What has no way out yet is kept, or counted, by the edge: for the engine it is as if it were lost on the way.
  if (edge_.address(frame) != unikernel::Edge::Sending::now) return;
  buffers_.outgoing[queued_++] = {frame, {}, 0};
  queued_bytes_ += length;
  if (measurements_.first_frame_ns == 0) flush();  // nothing has been sent yet: the first probe waits for no others
}

/// What the engine has seen and did not ask for may be a question to this host.
void IpLink::answer_last() {
  if (last_.empty()) return;
  const auto frame = last_;
  last_ = {};
  if (lease_ != nullptr && lease_->take(frame)) return;
  if (const auto reply = edge_.respond(frame, buffers_.answer, now())) answer(*reply);
}

std::optional<wire::Received> IpLink::take(const unikernel::Frame& frame) {
  if (frame.nic != 0) return std::nullopt;
  const auto input = edge_.take(frame.bytes, buffers_.answer, frame.stamp);
  if (input.answer) answer(*input.answer);
  if (!input.packet) {
    if (lease_ != nullptr) lease_->take(frame.bytes);  // a server may answer by broadcast
    return std::nullopt;
  }
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
  for (unsigned bursts = 1;; ++bursts) {
    while (taken_ < received_) {
      if (auto packet = take(buffers_.incoming[taken_++])) return packet;
    }
    const auto at = now();
    serve(at);
    flush();
    if (!was_ready && (edge_.is_ready() || edge_.has_failed())) return std::nullopt;  // what connect() waits for
    taken_ = 0;
    received_ = platform::rx_burst(buffers_.incoming);
    // Frames that are not the engine's, however many, do not keep it from its work.
    const bool is_flood = bursts >= bursts_max && deadline && *deadline <= at;
    if (received_ > 0 && !is_flood) continue;
    if ((deadline && *deadline <= at) || stopped()) return std::nullopt;
    note_counters(at);
    const auto until = pause_end(at, deadline);
    records_.flush_before_pause(at, until);
    if (records_.is_gone()) return std::nullopt;
    platform::wait(until);
  }
}

void IpLink::report() const {
  using std::string_view_literals::operator""sv;
  struct Line {
    std::uint64_t count;
    std::string_view what;
  };
  const auto& edge = edge_.counters();
  const auto& hops = edge_.next_hop_counters();
  for (const auto& [count, what] : std::initializer_list<Line>{
           {edge.unresolved + edge_.waiting(), "packets had no next hop: nobody answers (ARP, ND)"sv},
           {edge.crowded, "packets did not wait for their next hop: too many others did"sv},
           {edge.no_route, "packets had no router to go to"sv},
           {hops.checks_failed, "times a known host did not answer any more (ARP, ND)"sv},
           {hops.unasked, "claims that a known host has another hardware address"sv},
           {edge.conflicts + edge_.ipv6().counters().conflicts, "times somebody else claimed our address"sv}}) {
    if (count != 0) (LogLine{} << "net0: "sv << count << " "sv << what).send();
  }
}

}  // namespace utnt::image
