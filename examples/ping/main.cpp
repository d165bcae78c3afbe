// SPDX-License-Identifier: BSD-2-Clause
// A whole second program for the library OS: sends echo requests and prints the round-trip times.
//   dst=ADDRESS [count=N] net0.ip4=ADDRESS/LENGTH net0.gw4=ADDRESS, or net0.ip6=auto      exit code 0: all were
//   answered
#include <array>
#include <optional>

#include "abi/command_line.hpp"
#include "unikernel/net/edge.hpp"
#include "unikernel/platform.hpp"
#include "unikernel/runtime/log_number.hpp"
#include "wire/icmpv4.hpp"
#include "wire/icmpv6.hpp"
#include "wire/ipv4.hpp"

namespace utnt::unikernel {
namespace {

constexpr Duration patience{1'000'000'000};
constinit std::array<std::byte, frame_bytes_max> buffer{};
constinit std::optional<Edge> edge;

void send(ConstBytes frame) {  // which stands at the front of the buffer
  const std::array frames{Frame{MutableBytes{buffer}.first(frame.size()), platform::now(), 0}};
  while (platform::tx_burst(frames) == 0) platform::wait(platform::now() + Duration{100'000});
}

void send_request(const wire::IpAddress& self, const wire::IpAddress& peer, std::uint16_t sequence) {
  const std::size_t header = self.is_v4() ? wire::ipv4_header_bytes : wire::ipv6_header_bytes;
  constexpr std::uint16_t message = wire::icmpv4_header_bytes + 56;
  const auto frame = MutableBytes{buffer}.first(wire::ethernet_header_bytes + header + message);
  const auto packet = frame.subspan(wire::ethernet_header_bytes), echo = packet.subspan(header);
  fill_zero(frame);
  if (self.is_v4()) {
    wire::write_ipv4_header(
        packet, {.total_length = 20 + message, .protocol = 1, .source = self.v4(), .destination = peer.v4()});
    wire::write_echo(echo, {.identifier = 0x7069, .sequence = sequence});
  } else {
    wire::write_ipv6_header(
        packet, {.payload_length = message, .next_header = 58, .source = self.v6(), .destination = peer.v6()});
    wire::write_echo6(echo, {.identifier = 0x7069, .sequence = sequence}, self.v6(), peer.v6());
  }
  if (edge->address(frame) == Edge::Sending::now) send(frame);
}

bool is_answer(ConstBytes packet, std::uint16_t sequence) {
  const bool is_v4 = load_u8(packet, 0) >> 4 == 4;
  const auto echo = packet.subspan(is_v4 ? wire::ipv4_header_bytes : wire::ipv6_header_bytes);
  return echo.size() >= 8 && load_u8(packet, is_v4 ? 9 : 6) == (is_v4 ? 1 : 58) &&
         load_u8(echo, 0) == (is_v4 ? 0 : 129) && load_be16(echo, 4) == 0x7069 && load_be16(echo, 6) == sequence;
}

/// Does what is due, sleeps, and reads what came: when the answer came, if it did.
std::optional<Instant> turn(std::uint16_t sequence, Instant until) {
  while (const auto frame = edge->poll(buffer, platform::now())) send(*frame);
  platform::wait(std::min(edge->deadline().value_or(until), until));
  std::array<Frame, 16> frames;
  std::optional<Instant> at;
  for (const auto& frame : std::span{frames}.first(platform::rx_burst(frames))) {
    const auto input = edge->take(frame.bytes, buffer, frame.stamp);
    if (input.answer) send(*input.answer);
    if (input.packet && is_answer(*input.packet, sequence)) at = frame.stamp;
  }
  return at;
}

void print(std::string_view text, std::uint64_t number) {
  platform::log_write(text);
  log_number(number);
  platform::log_write("\n");
}

}  // namespace

int program(const Startup& startup) {
  const auto count = abi::parse_number(abi::value_of(startup.command_line, "count").value_or("3")).value_or(0);
  const auto peer = wire::parse_address(abi::value_of(startup.command_line, "dst").value_or(""));
  if (startup.nics.empty() || !peer || count == 0 || count > 1000) return 2;
  EdgeConfig config;
  config.mac = {startup.nics[0].mac};
  if (read_edge_config(startup.command_line, config)) return 2;
  edge.emplace(config);
  auto self = edge->source_for(*peer);
  for (int i = 0; i < 50 && self.is_none(); ++i, self = edge->source_for(*peer))
    turn(0, platform::now() + patience / 10);
  if (self.is_none()) return 4;
  std::uint64_t answered = 0;
  for (std::uint16_t sequence = 1; sequence <= count; ++sequence) {
    const auto sent = platform::now();
    std::optional<Instant> came;
    for (send_request(self, *peer, sequence); !came && platform::now() < sent + patience;)
      came = turn(sequence, sent + patience);
    if (came) print("time_us=", static_cast<std::uint64_t>((*came - sent).ns()) / 1000), ++answered;
  }
  print("received=", answered);
  return answered == count ? 0 : 1;
}

}  // namespace utnt::unikernel
