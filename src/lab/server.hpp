// SPDX-License-Identifier: BSD-2-Clause
// The emulated network in real time: takes the vantage point's frames from a port, and gives each answer back at the
// very moment that the network says it arrives.
#pragma once

#include <cstdint>

#include "base/time.hpp"
#include "emu/network.hpp"
#include "lab/ethernet_edge.hpp"
#include "lab/frame_port.hpp"

namespace utnt::lab {

struct ServerOptions {
  int stop_fd{-1};            ///< run() ends when this becomes readable; -1 = never
  Duration spin_max{60'000};  ///< the last stretch before an arrival is waited for without sleeping, for precision
};

struct ServerCounters {
  EdgeCounters edge;
  std::uint64_t frames_dropped{0};  ///< answers that the port could not take
  Duration late_max{};              ///< longest delay between an arrival and its delivery
};

class Server {
 public:
  /// `network` and `port` must outlive the server. The network is used from run() alone.
  Server(emu::Network& network, FramePort& port, const ServerOptions& options = {});

  /// Serves until stopped. Throws Failure when waiting itself fails.
  void run();
  [[nodiscard]] ServerCounters counters() const;

 private:
  bool take_frames();
  bool deliver_arrivals();
  bool wait_for_work();

  emu::Network& network_;
  FramePort& port_;
  ServerOptions options_;
  EthernetEdge edge_;
  Duration late_max_{};
  bool is_backed_up_{false};
};

}  // namespace utnt::lab
