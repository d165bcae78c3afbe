// SPDX-License-Identifier: BSD-2-Clause
// Virtual time over a network of one packet at a time: waiting jumps exactly as far as it should.
#include "lab/virtual_link.hpp"

#include <gtest/gtest.h>

#include <array>
#include <deque>

namespace utnt::lab {
namespace {

/// Sends every packet back after a fixed delay.
class Echo : public emu::Network {
 public:
  explicit Echo(Duration delay) : delay_{delay} {}
  [[nodiscard]] wire::IpAddress vantage_point() const override { return wire::Ipv4Address{20, 0, 0, 1}; }
  void send(wire::Packet packet, Instant now) override {
    queue_.push_back({{packet.begin(), packet.end()}, now + delay_});
  }
  [[nodiscard]] std::optional<Instant> next_arrival() const override {
    return queue_.empty() ? std::nullopt : std::optional{queue_.front().second};
  }
  std::optional<wire::Received> receive(wire::PacketBuffer out, Instant now) override {
    if (queue_.empty() || queue_.front().second > now) return std::nullopt;
    const auto [bytes, at] = queue_.front();
    queue_.pop_front();
    copy_bytes(out, bytes);
    return wire::Received{out.first(bytes.size()), at};
  }
  [[nodiscard]] emu::Truth truth(const wire::IpAddress&) const override { return {}; }

 private:
  Duration delay_;
  std::deque<std::pair<std::vector<std::byte>, Instant>> queue_;
};

class VirtualTime : public ::testing::Test {
 protected:
  Echo network{5_ms};
  std::array<std::byte, 64> buffer{};
};

TEST_F(VirtualTime, jumps_to_the_arrival_of_a_packet) {
  VirtualLink link{network};
  const std::array packet{std::byte{7}};
  link.send(packet);
  const auto received = link.wait(buffer, std::nullopt);
  ASSERT_TRUE(received.has_value());
  EXPECT_EQ(received->arrival, Instant{} + 5_ms);
  EXPECT_EQ(link.now(), Instant{} + 5_ms);
  EXPECT_EQ(received->packet[0], std::byte{7});
}

TEST_F(VirtualTime, jumps_to_the_deadline_when_it_comes_first) {
  VirtualLink link{network};
  link.send(std::array{std::byte{7}});
  EXPECT_FALSE(link.wait(buffer, Instant{} + 3_ms).has_value());
  EXPECT_EQ(link.now(), Instant{} + 3_ms);
  EXPECT_TRUE(link.wait(buffer, Instant{} + 5_ms).has_value()) << "an arrival at the deadline counts";
}

TEST_F(VirtualTime, never_runs_backwards) {
  VirtualLink link{network, {}, Instant{} + 1_s};
  EXPECT_FALSE(link.wait(buffer, Instant{}).has_value());
  EXPECT_EQ(link.now(), Instant{} + 1_s);
}

TEST_F(VirtualTime, refuses_to_wait_for_ever) {
  VirtualLink link{network};
  EXPECT_THROW(link.wait(buffer, std::nullopt), std::logic_error);
}

TEST_F(VirtualTime, stops_when_told) {
  bool stop = false;
  const VirtualLink link{network, [&stop] { return stop; }};
  EXPECT_FALSE(link.stopped());
  stop = true;
  EXPECT_TRUE(link.stopped());
}

}  // namespace
}  // namespace utnt::lab
