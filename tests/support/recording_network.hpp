// SPDX-License-Identifier: BSD-2-Clause
// A network around another that keeps every packet of both directions, so that a failed test can leave a capture.
// Format written: pcap with nanosecond stamps (magic 0xa1b23c4d) and raw IP packets (link type 101).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "emu/network.hpp"

namespace utnt::test {

struct RecordedPacket {
  Instant at;
  bool is_sent{false};  ///< by the vantage point; else received by it
  std::vector<std::byte> bytes;
};

class RecordingNetwork final : public emu::Network {
 public:
  explicit RecordingNetwork(emu::Network& inner) : inner_{inner} {}

  [[nodiscard]] wire::IpAddress vantage_point() const override { return inner_.vantage_point(); }
  [[nodiscard]] std::optional<Instant> next_arrival() const override { return inner_.next_arrival(); }
  [[nodiscard]] emu::Truth truth(const wire::IpAddress& destination) const override {
    return inner_.truth(destination);
  }
  void send(wire::Packet packet, Instant now) override;
  std::optional<wire::Received> receive(wire::PacketBuffer out, Instant now) override;

  [[nodiscard]] const std::vector<RecordedPacket>& packets() const { return packets_; }

 private:
  emu::Network& inner_;
  std::vector<RecordedPacket> packets_;
};

/// Creates the folders of `path` too. Throws std::runtime_error when the file cannot be written.
void write_pcap(const std::string& path, const std::vector<RecordedPacket>& packets);

}  // namespace utnt::test
