// SPDX-License-Identifier: BSD-2-Clause
// The link of core/drive.hpp on the platform calls and the IP edge of net0: packets out in bursts of frames, frames in
// as packets, what the link owes its neighbours answered in between. A full transmit ring makes the engine wait; no
// frame is dropped here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "apps/utnt_image/record_writer.hpp"
#include "core/engine.hpp"
#include "unikernel/net/dhcp.hpp"
#include "unikernel/net/edge.hpp"
#include "unikernel/platform.hpp"
#include "wire/packet.hpp"

namespace utnt::image {

/// Room for frames on their way, apart from the link because a stack is small.
struct LinkBuffers {
  static constexpr std::size_t burst = 32;
  static constexpr std::size_t queue_bytes = 8192;
  std::array<std::byte, queue_bytes> queue;  ///< frames back to back
  std::array<unikernel::Frame, burst> outgoing;
  std::array<unikernel::Frame, burst> incoming;
  std::array<std::byte, unikernel::frame_bytes_max> answer;
};

class IpLink {
 public:
  /// All must outlive the link.
  IpLink(const unikernel::EdgeConfig& config, LinkBuffers& buffers, RecordWriter& records)
      : edge_{config}, buffers_{buffers}, records_{records} {}

  /// Waits until frames can be addressed; false when the gateway does not answer.
  bool connect();
  /// From now on a pause also notes the counters now and then.
  void watch(const core::Engine& engine) { engine_ = &engine; }
  /// Renews the lease of the interface's address; `lease` must outlive the link.
  void keep(unikernel::DhcpClient& lease) { lease_ = &lease; }
  /// The lease could not be renewed: the link has stopped.
  [[nodiscard]] bool has_lost_address() const { return lease_ != nullptr && lease_->has_expired(); }
  /// Lines on the log about what the network refused or tried, if anything.
  void report() const;

  // The seam of core/drive.hpp.
  [[nodiscard]] Instant now() const { return unikernel::platform::now(); }
  [[nodiscard]] bool stopped() const { return records_.is_gone() || has_lost_address(); }
  void send(wire::Packet packet);
  /// The packet stays valid until the next call.
  std::optional<wire::Received> wait(wire::PacketBuffer buffer, std::optional<Instant> deadline);

  /// Frame times and waits, for the end of the run.
  [[nodiscard]] const abi::Trailer& measurements() const { return measurements_; }
  [[nodiscard]] const unikernel::EdgeCounters& edge_counters() const { return edge_.counters(); }

 private:
  void flush();
  void transmit(std::span<unikernel::Frame> frames);
  void answer(ConstBytes frame);
  void answer_last();
  void serve(Instant now);
  [[nodiscard]] Instant pause_end(Instant now, std::optional<Instant> deadline) const;
  std::optional<wire::Received> take(const unikernel::Frame& frame);
  void note_counters(Instant now);

  unikernel::Edge edge_;
  LinkBuffers& buffers_;
  RecordWriter& records_;
  const core::Engine* engine_{nullptr};
  unikernel::DhcpClient* lease_{nullptr};
  abi::Trailer measurements_;
  std::size_t queued_{0};
  std::size_t queued_bytes_{0};
  std::size_t received_{0};
  std::size_t taken_{0};
  ConstBytes last_;  ///< the frame of the packet that the engine has
  Instant counted_{};
};

}  // namespace utnt::image
