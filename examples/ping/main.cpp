// SPDX-License-Identifier: BSD-2-Clause
// A whole second program for the library OS: sends echo requests and prints the round-trip times.
//   net0.ip4=ADDRESS/LENGTH net0.gw4=ADDRESS dst=ADDRESS [count=N]        exit code 0: every request was answered
#include <array>
#include <optional>

#include "abi/command_line.hpp"
#include "unikernel/net/edge.hpp"
#include "unikernel/platform.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"

namespace utnt::unikernel {
namespace {

constexpr Duration patience{1'000'000'000};
constexpr std::uint16_t identifier = 0x7069;
constexpr std::size_t echo_at = wire::ethernet_header_bytes + wire::ipv4_header_bytes;
constexpr std::size_t request_bytes = echo_at + wire::icmpv4_header_bytes + 56;
constinit std::array<std::byte, frame_bytes_max> buffer{};

void send(std::optional<ConstBytes> frame) {  // which stands at the front of the buffer
  if (!frame) return;
  const std::array frames{Frame{MutableBytes{buffer}.first(frame->size()), platform::now(), 0}};
  while (platform::tx_burst(frames) == 0) platform::wait(platform::now() + Duration{100'000});
}

void send_request(const Edge& edge, wire::Ipv4Address self, wire::Ipv4Address peer, std::uint16_t sequence) {
  const auto frame = MutableBytes{buffer}.first(request_bytes), packet = frame.subspan(wire::ethernet_header_bytes);
  fill_zero(frame);
  const auto length = static_cast<std::uint16_t>(packet.size());
  wire::write_ipv4_header(packet, {.total_length = length, .protocol = 1, .source = self, .destination = peer});
  wire::write_echo(frame.subspan(echo_at), {.identifier = identifier, .sequence = sequence});
  edge.write_header(frame);
  send(frame);
}

bool is_answer(ConstBytes packet, std::uint16_t sequence) {
  const auto ip = wire::Ipv4View::parse(packet);
  const auto echo = wire::Icmpv4View::parse(ip && ip->protocol() == 1 ? ip->payload() : ConstBytes{});
  return echo && echo->type() == 0 && echo->identifier() == identifier && echo->sequence() == sequence;
}

std::optional<Instant> receive(Edge& edge, std::uint16_t sequence) {
  std::array<Frame, 16> frames;
  std::optional<Instant> at;
  for (const auto& frame : std::span{frames}.first(platform::rx_burst(frames))) {
    const auto input = edge.take(frame.bytes, buffer);
    send(input.answer);
    if (input.packet && is_answer(*input.packet, sequence)) at = frame.stamp;
  }
  return at;
}

void print(std::string_view text, std::uint64_t number) {
  char digits[] = "                    \n";
  std::size_t at = 20;
  do digits[--at] = static_cast<char>('0' + number % 10);
  while ((number /= 10) != 0);
  platform::log_write(text);
  platform::log_write({digits + at, sizeof digits - 1 - at});
}

wire::Ipv4Address address(std::string_view line, std::string_view key) {
  const auto text = abi::value_of(line, key).value_or("");
  const auto parsed = wire::parse_address(text.substr(0, text.find('/')));
  return parsed && parsed->is_v4() ? parsed->v4() : wire::Ipv4Address{};
}

}  // namespace

int program(const Startup& startup) {
  const auto line = startup.command_line;
  const auto count = abi::parse_number(abi::value_of(line, "count").value_or("3")).value_or(0);
  const auto self = address(line, "net0.ip4"), peer = address(line, "dst");
  if (startup.nics.empty() || count == 0 || count > 1000) return 2;
  const wire::MacAddress mac{startup.nics[0].mac};
  Edge edge{{.mac = mac, .address = self, .gateway = address(line, "net0.gw4"), .gateway_mac = {}}};
  while (!edge.is_ready() && !edge.has_failed()) {
    send(edge.poll(buffer, platform::now()));
    platform::wait(edge.deadline().value_or(platform::now() + patience));
    receive(edge, 0);
  }
  std::uint64_t answered = 0;
  for (std::uint16_t sequence = 1; edge.is_ready() && sequence <= count; ++sequence) {
    const auto sent = platform::now();
    std::optional<Instant> came;
    for (send_request(edge, self, peer, sequence); !came && platform::now() < sent + patience;) {
      platform::wait(sent + patience);
      came = receive(edge, sequence);
    }
    if (came) print("time_us=", static_cast<std::uint64_t>((*came - sent).ns()) / 1000), ++answered;
  }
  print("received=", answered);
  return answered == count ? 0 : 1;
}

}  // namespace utnt::unikernel
