// SPDX-License-Identifier: BSD-2-Clause
// The platform calls as a test double: one interface whose segment ends in an emulated network, a clock that is a
// variable, and a record channel that is a vector. One at a time, in one thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "emu/network.hpp"
#include "lab/ethernet_edge.hpp"
#include "unikernel/platform.hpp"

namespace utnt::image {

class PlatformDouble {
 public:
  explicit PlatformDouble(emu::Network& network);
  ~PlatformDouble();
  PlatformDouble(const PlatformDouble&) = delete;
  PlatformDouble& operator=(const PlatformDouble&) = delete;

  /// Runs the prober's program on it; the exit code.
  int run(const std::string& command_line, const std::string& module, std::size_t memory_bytes);

  // What the platform calls do.
  void wait(Instant deadline);
  unsigned tx_burst(std::span<const unikernel::Frame> frames);
  unsigned rx_burst(std::span<unikernel::Frame> frames);
  bool rec_write(ConstBytes bytes);

  Instant now;
  std::uint64_t wall{0};
  unikernel::ReceiveLosses losses;
  std::vector<std::byte> records;
  std::string log;
  std::vector<std::vector<std::byte>> sent;     ///< every frame, when `keeps_sent`
  std::deque<std::vector<std::byte>> injected;  ///< frames that arrive before all others
  std::function<unsigned(unsigned)> room;       ///< how many of so many frames the ring takes; none = all
  std::size_t record_bytes_max{SIZE_MAX};       ///< after so many bytes the channel is gone
  bool keeps_sent{false};
  bool answers_arp{true};
  unsigned nics{1};
  unsigned waits{0};

 private:
  emu::Network& network_;
  lab::EthernetEdge edge_;
  std::deque<std::vector<std::byte>> answers_;
  std::array<std::array<std::byte, 2048>, 64> buffers_{};
};

}  // namespace utnt::image
