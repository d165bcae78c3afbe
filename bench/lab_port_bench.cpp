// SPDX-License-Identifier: BSD-2-Clause
// How many packets per second the lab carries, both directions added, and how exact its delays are: a generator on core
// 0 behind the packet link (TAP) or a plain socket (Unix port), the server on core 1, a network that answers
// everything. A last line measures RTTs at 10, 50 and 90 % of the rate reached.
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "emu/procedural/network.hpp"
#include "lab/server.hpp"
#include "lab/tap_port.hpp"
#include "lab/unix_port.hpp"
#include "os_linux/clock.hpp"
#include "os_linux/namespaces.hpp"
#include "os_linux/packet_link.hpp"
#include "support/echo_network.hpp"

namespace {

using namespace utnt;  // a program of one file

constexpr Duration delay = 5_ms;
constexpr Duration run_time = 2_s;
constexpr wire::Ipv4Address destination{20, 0, 8, 2};

/// And before whatever else runs on this machine, where that is permitted.
void pin_to_core(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(core), &set);
  ::sched_setaffinity(0, sizeof set, &set);
  ::setpriority(PRIO_PROCESS, 0, -15);
}

using MakeNetwork = std::unique_ptr<emu::Network> (*)();

std::unique_ptr<emu::Network> make_echo() { return std::make_unique<test_support::EchoNetwork>(delay); }
std::unique_ptr<emu::Network> make_internet() { return emu::make_procedural_network({}, {}); }

/// A server in a process of its own, on core 1, until the object goes away.
class ServerProcess {
 public:
  ServerProcess(std::unique_ptr<lab::FramePort> port, MakeNetwork make_network) : port_{std::move(port)} {
    std::fflush(stdout);
    if (::pipe(stop_.data()) != 0) throw os_linux::system_failure("pipe", errno);
    child_ = ::fork();
    if (child_ != 0) return;
    ::close(stop_[1]);
    pin_to_core(1);
    const auto network = make_network();
    lab::Server server{*network, *port_, {.stop_fd = stop_[0]}};
    server.run();
    const auto counters = server.counters();
    std::printf("  server: %llu in, %llu out, %llu dropped, latest delivery %.0f us late\n",
                static_cast<unsigned long long>(counters.edge.packets_in),
                static_cast<unsigned long long>(counters.edge.packets_out),
                static_cast<unsigned long long>(counters.frames_dropped),
                static_cast<double>(counters.late_max.ns()) / 1e3);
    std::fflush(stdout);
    ::_exit(0);
  }
  ~ServerProcess() {
    ::close(stop_[1]);
    ::waitpid(child_, nullptr, 0);
    ::close(stop_[0]);
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

 private:
  std::array<int, 2> stop_{};
  pid_t child_{-1};
  std::unique_ptr<lab::FramePort> port_;
};

std::vector<std::byte> probe(const wire::IpAddress& source) {
  std::vector<std::byte> bytes(44);
  wire::write_ipv4_header(bytes, {.total_length = 44,
                                  .id = 1,
                                  .protocol = wire::protocol::icmp,
                                  .source = source.v4(),
                                  .destination = destination});
  wire::write_echo(MutableBytes{bytes}.subspan(20), {.identifier = 9});
  return bytes;
}

struct Load {
  double sent_per_second{0};
  double received_per_second{0};
  std::vector<std::int64_t> rtt_error_ns;
};

/// Sends at `pps` (0 = as fast as answers come back, at most `window` in flight) for run_time.
Load generate(os_linux::PacketLink& link, double pps, std::uint64_t window) {
  auto bytes = probe(link.source());
  std::array<Instant, 65536> sent_at{};
  std::vector<std::byte> buffer(wire::packet_bytes_max);
  Load load;
  const auto start = link.now();
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  Instant last_reply = start;
  for (auto now = start; now - start < run_time; now = link.now()) {
    const auto allowed = pps == 0 ? received + window
                                  : static_cast<std::uint64_t>(static_cast<double>((now - start).ns()) * pps / 1e9) + 1;
    for (int burst = 0; sent < allowed && burst < 64; ++burst, ++sent) {
      sent_at[sent & 0xffff] = now;
      wire::write_echo(MutableBytes{bytes}.subspan(20),
                       {.identifier = 9, .sequence = static_cast<std::uint16_t>(sent & 0xffff)});
      link.send(bytes);
    }
    if (pps == 0 && now - last_reply > 200_ms) received = sent;  // lost: go on
    while (const auto reply = link.wait(buffer, now)) {
      ++received;
      last_reply = now;
      if (pps == 0 || received % 16 != 0) continue;
      const auto sequence = load_be16(reply->packet, 26);
      if (sent_at[sequence] == Instant{}) continue;  // of the run before
      load.rtt_error_ns.push_back((reply->arrival - sent_at[sequence] - delay).ns());
    }
  }
  const double seconds = static_cast<double>((link.now() - start).ns()) / 1e9;
  load.sent_per_second = static_cast<double>(sent) / seconds;
  load.received_per_second = static_cast<double>(link.counters().received) / seconds;
  std::ranges::sort(load.rtt_error_ns);
  return load;
}

void bench_tap() {
  std::printf("TAP in a sealed namespace\n");
  os_linux::enter_new_sealed_namespace();
  auto port = lab::open_tap_port();
  lab::configure_lab_interface(wire::Ipv4Address{20, 0, 1, 1});
  const ServerProcess server{std::move(port), &make_echo};
  pin_to_core(0);
  double best = 0;
  for (const std::uint64_t window : {500U, 2000U, 5000U}) {
    const auto link = os_linux::PacketLink::open({}, destination);
    const auto load = generate(*link, 0, window);
    const double both = load.sent_per_second + load.received_per_second;
    best = std::max(best, both);
    std::printf("  %5llu in flight: %8.0f pps out + %8.0f pps in = %8.0f\n", static_cast<unsigned long long>(window),
                load.sent_per_second, load.received_per_second, both);
  }
  for (const int percent : {10, 50, 90}) {
    const auto link = os_linux::PacketLink::open({}, destination);
    const auto load = generate(*link, best / 2 * percent / 100, 0);
    const auto at = [&](double share) {
      const auto& errors = load.rtt_error_ns;
      return errors.empty() ? 0.0
                            : static_cast<double>(
                                  errors[static_cast<std::size_t>(share * static_cast<double>(errors.size() - 1))]) /
                                  1e3;
    };
    std::printf("  at %2d %% (%7.0f pps out, %7.0f in): RTT error median %6.1f us, 90 %% %6.1f us, 99 %% %6.1f us\n",
                percent, load.sent_per_second, load.received_per_second, at(0.5), at(0.9), at(0.99));
  }
}

/// Probes at a fixed rate into the procedural Internet; what comes back is counted.
void bench_internet() {
  std::printf("TAP, the procedural Internet behind it\n");
  os_linux::enter_new_sealed_namespace();
  auto port = lab::open_tap_port();
  const auto source = make_internet()->vantage_point();
  lab::configure_lab_interface(source);
  const ServerProcess server{std::move(port), &make_internet};
  pin_to_core(0);
  const auto destinations = emu::procedural_destinations(1, 10'000);
  auto bytes = probe(source);
  std::vector<std::byte> buffer(wire::packet_bytes_max);
  for (const double pps : {50'000.0, 100'000.0, 200'000.0, 400'000.0}) {
    const auto link = os_linux::PacketLink::open({}, destinations.front());
    std::uint64_t sent = 0;
    const auto start = link->now();
    for (auto now = start; now - start < run_time; now = link->now()) {
      const auto due = static_cast<std::uint64_t>(static_cast<double>((now - start).ns()) * pps / 1e9) + 1;
      for (int burst = 0; sent < due && burst < 64; ++burst, ++sent) {
        wire::write_ipv4_header(bytes, {.total_length = static_cast<std::uint16_t>(bytes.size()),
                                        .id = static_cast<std::uint16_t>(sent),
                                        .ttl = Ttl{static_cast<std::uint8_t>(1 + sent % 16)},
                                        .protocol = wire::protocol::icmp,
                                        .source = source.v4(),
                                        .destination = destinations[sent / 16 % destinations.size()].v4()});
        link->send(bytes);
      }
      while (link->wait(buffer, now)) {
      }
    }
    const double seconds = static_cast<double>((link->now() - start).ns()) / 1e9;
    const auto counters = link->counters();
    const auto per_second = [&](std::uint64_t count) { return static_cast<double>(count) / seconds; };
    std::printf("  asked for %7.0f: %8.0f pps out + %8.0f pps in = %8.0f, ring lost %llu\n", pps, per_second(sent),
                per_second(counters.received), per_second(sent + counters.received),
                static_cast<unsigned long long>(counters.ring_dropped));
  }
}

void bench_unix() {
  std::printf("Unix datagram port\n");
  const std::string base = "/tmp/utnt-bench-" + std::to_string(::getpid());
  const ServerProcess server{lab::open_unix_port(base + "-lab"), &make_echo};
  pin_to_core(0);
  const os_linux::UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, (base + "-gen").c_str(), sizeof address.sun_path - 1);
  ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  std::strncpy(address.sun_path, (base + "-lab").c_str(), sizeof address.sun_path - 1);
  ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  const auto packet = probe(wire::Ipv4Address{20, 0, 1, 1});
  std::vector<std::byte> frame(wire::ethernet_header_bytes + packet.size());
  wire::write_ethernet_header(
      frame, {.destination = lab::gateway_mac, .source = lab::vantage_point_mac, .ethertype = wire::ethertype::ipv4});
  copy_bytes(MutableBytes{frame}.subspan(wire::ethernet_header_bytes), packet);
  std::array<std::byte, 2048> buffer{};
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  const auto start = os_linux::monotonic_now();
  while (os_linux::monotonic_now() - start < run_time) {
    for (int i = 0; i < 64; ++i) {
      if (::send(socket.get(), frame.data(), frame.size(), 0) > 0) ++sent;
      if (::recv(socket.get(), buffer.data(), buffer.size(), 0) > 0) ++received;
    }
  }
  const double seconds = static_cast<double>((os_linux::monotonic_now() - start).ns()) / 1e9;
  std::printf("  %8.0f pps out + %8.0f pps in = %8.0f\n", static_cast<double>(sent) / seconds,
              static_cast<double>(received) / seconds, static_cast<double>(sent + received) / seconds);
  ::unlink((base + "-gen").c_str());
}

void in_child(const std::function<void()>& body) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      body();
    } catch (const os_linux::Failure& failure) {
      std::fprintf(stderr, "lab_port_bench: %s\n", failure.what());
    }
    std::fflush(stdout);
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
}

}  // namespace

int main() {
  in_child(bench_tap);
  in_child(bench_internet);
  in_child(bench_unix);
  return 0;
}
