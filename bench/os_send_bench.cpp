// SPDX-License-Identifier: BSD-2-Clause
// Ways to send many small packets on Linux, side by side over a pair of sealed namespaces: one call per packet,
// sendmmsg on the raw and the packet socket, the packet socket's transmit ring. All ways take turns in one run; medians
// are printed. The far end drops: packets are echo replies nobody asked for. Numbers are discussed in
// docs/adr/0003-packet-io.md.
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <vector>

#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/packet_link.hpp"
#include "os_linux/seal.hpp"
#include "support/two_namespaces.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"

namespace {

using namespace utnt;  // a program of one file
using os_linux::system_failure;
using os_linux::UniqueFd;

constexpr std::size_t packet_bytes = 44;
constexpr unsigned burst = 64;
constexpr unsigned packets_per_turn = 64U * 2000;
constexpr int turns = 9;

std::vector<std::byte> make_frame(const wire::MacAddress& from, const wire::MacAddress& to) {
  std::vector<std::byte> frame(wire::ethernet_header_bytes + packet_bytes);
  wire::write_ethernet_header(frame, {.destination = to, .source = from, .ethertype = wire::ethertype::ipv4});
  const auto packet = MutableBytes{frame}.subspan(wire::ethernet_header_bytes);
  wire::write_ipv4_header(packet, {.total_length = packet_bytes,
                                   .id = 1,
                                   .protocol = wire::protocol::icmp,
                                   .source = test_support::TwoNamespaces::near_address().v4(),
                                   .destination = test_support::TwoNamespaces::far_address().v4()});
  wire::write_echo(packet.subspan(20), {.type = wire::icmp4::echo_reply});
  return frame;
}

/// Calls `send_burst` until `packets_per_turn` packets went out.
struct Way {
  const char* name;
  std::function<unsigned(unsigned)> send;  ///< sends up to so many, returns how many
  std::vector<double> wall_ns;
  std::vector<double> cpu_ns;
};

double thread_cpu_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

void take_turn(Way& way) {
  const auto cpu = thread_cpu_ns();
  const auto wall = os_linux::monotonic_now();
  for (unsigned sent = 0; sent < packets_per_turn;) sent += way.send(std::min(burst, packets_per_turn - sent));
  way.wall_ns.push_back(static_cast<double>((os_linux::monotonic_now() - wall).ns()) / packets_per_turn);
  way.cpu_ns.push_back((thread_cpu_ns() - cpu) / packets_per_turn);
}

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<long>(values.size() / 2));
  return values[values.size() / 2];
}

class Sender {
 public:
  explicit Sender(unsigned interface_index, const std::vector<std::byte>& frame) : frame_{frame} {
    link_.sll_family = AF_PACKET;
    link_.sll_protocol = htons(ETH_P_IP);
    link_.sll_ifindex = static_cast<int>(interface_index);
    internet_.sin_family = AF_INET;
    internet_.sin_addr.s_addr = htonl(test_support::TwoNamespaces::far_address().v4().value());
  }

  Way raw_single() {
    const int socket = open(AF_INET, IPPROTO_RAW);
    return {"raw socket, one sendto each",
            [this, socket](unsigned count) {
              for (unsigned i = 0; i < count; ++i) {
                check(::sendto(socket, packet().data(), packet().size(), 0, address(internet_), sizeof internet_));
              }
              return count;
            },
            {},
            {}};
  }
  Way raw_batched() {
    const int socket = open(AF_INET, IPPROTO_RAW);
    return {"raw socket, sendmmsg of 64", batched(socket, &internet_, sizeof internet_, packet()), {}, {}};
  }
  Way frames_batched(bool bypass) {
    const int socket = open(AF_PACKET, 0);
    if (bypass) {
      const int on = 1;
      check(::setsockopt(socket, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on));
    }
    return {bypass ? "packet socket, sendmmsg of 64, queueing discipline bypassed" : "packet socket, sendmmsg of 64",
            batched(socket, &link_, sizeof link_, frame_),
            {},
            {}};
  }
  Way frames_single() {
    const int socket = open(AF_PACKET, 0);
    return {"packet socket, one sendto each",
            [this, socket](unsigned count) {
              for (unsigned i = 0; i < count; ++i) {
                check(::sendto(socket, frame_.data(), frame_.size(), 0, address(link_), sizeof link_));
              }
              return count;
            },
            {},
            {}};
  }
  /// What the engine uses: a look at the clock and at the routes for each packet, destinations that change.
  Way link() {
    packet_link_ = os_linux::PacketLink::open({}, test_support::TwoNamespaces::far_address());
    return {"the packet link of this program, burst 64",
            [this, bytes = std::vector<std::byte>{packet().begin(), packet().end()},
             at = std::uint32_t{0}](unsigned count) mutable {
              for (unsigned i = 0; i < count; ++i) {
                store_be32(bytes, 16, 0x1e000000U + at++ % 65536);
                static_cast<void>(packet_link_->now());
                packet_link_->send(bytes);
              }
              return count;
            },
            {},
            {}};
  }
  Way ring() {
    const int socket = open(AF_PACKET, 0);
    const int version = TPACKET_V2;
    check(::setsockopt(socket, SOL_PACKET, PACKET_VERSION, &version, sizeof version));
    const int on = 1;
    check(::setsockopt(socket, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on));
    tpacket_req request{};
    request.tp_block_size = 1U << 16;
    request.tp_block_nr = 8;
    request.tp_frame_size = slot_bytes;
    request.tp_frame_nr = request.tp_block_nr * (request.tp_block_size / slot_bytes);
    check(::setsockopt(socket, SOL_PACKET, PACKET_TX_RING, &request, sizeof request));
    check(::bind(socket, address(link_), sizeof link_));
    auto* memory = ::mmap(nullptr, std::size_t{request.tp_block_size} * request.tp_block_nr, PROT_READ | PROT_WRITE,
                          MAP_SHARED, socket, 0);
    if (memory == MAP_FAILED) throw system_failure("mmap", errno);
    return {"packet socket, transmit ring, kick every 64, bypassed",
            [this, socket, slots = request.tp_frame_nr, base = static_cast<std::byte*>(memory),
             at = std::size_t{0}](unsigned count) mutable {
              for (unsigned i = 0; i < count; ++i) {
                auto* slot = base + at * slot_bytes;
                auto* header = reinterpret_cast<tpacket2_hdr*>(slot);
                while (__atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE) != TP_STATUS_AVAILABLE) {
                  check(::send(socket, nullptr, 0, 0));
                }
                std::memcpy(slot + TPACKET2_HDRLEN - sizeof(sockaddr_ll), frame_.data(), frame_.size());
                header->tp_len = static_cast<std::uint32_t>(frame_.size());
                __atomic_store_n(&header->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
                at = (at + 1) % slots;
              }
              check(::send(socket, nullptr, 0, 0));
              return count;
            },
            {},
            {}};
  }

 private:
  static constexpr unsigned slot_bytes = 2048;
  [[nodiscard]] ConstBytes packet() const { return ConstBytes{frame_}.subspan(wire::ethernet_header_bytes); }
  template <class Address>
  static const sockaddr* address(const Address& a) {
    return reinterpret_cast<const sockaddr*>(&a);
  }
  static void check(ssize_t result) {
    if (result < 0) throw system_failure("send", errno);
  }
  int open(int family, int protocol) {
    sockets_.emplace_back(::socket(family, SOCK_RAW | SOCK_CLOEXEC, protocol));
    check(sockets_.back().get());
    return sockets_.back().get();
  }
  std::function<unsigned(unsigned)> batched(int socket, void* name, socklen_t name_bytes, ConstBytes bytes) {
    return [this, socket, name, name_bytes, bytes](unsigned count) {
      for (unsigned i = 0; i < count; ++i) {
        vectors_[i] = {const_cast<std::byte*>(bytes.data()), bytes.size()};
        messages_[i].msg_hdr.msg_name = name;
        messages_[i].msg_hdr.msg_namelen = name_bytes;
        messages_[i].msg_hdr.msg_iov = &vectors_[i];
        messages_[i].msg_hdr.msg_iovlen = 1;
      }
      const int sent = ::sendmmsg(socket, messages_.data(), count, 0);
      if (sent < 0 && errno != ENOBUFS) throw system_failure("sendmmsg", errno);
      return static_cast<unsigned>(std::max(sent, 0));
    };
  }

  std::vector<std::byte> frame_;
  sockaddr_ll link_{};
  sockaddr_in internet_{};
  std::vector<UniqueFd> sockets_;
  std::unique_ptr<os_linux::PacketLink> packet_link_;
  std::array<iovec, burst> vectors_{};
  std::array<mmsghdr, burst> messages_{};
};

int measure() {
  os_linux::enter_new_sealed_namespace();
  const test_support::TwoNamespaces net;
  os_linux::require_permission_to_probe("the benchmark's sockets");
  cpu_set_t first;
  CPU_ZERO(&first);
  CPU_SET(0, &first);
  ::sched_setaffinity(0, sizeof first, &first);
  const auto near = os_linux::find_interface("near");
  // An address that is nobody's: the far end drops the frame at once, so that sending is what is measured.
  const wire::MacAddress nobody{{2, 0, 0, 0, 0, 9}};
  os_linux::add_neighbour("near", net.far_address(), nobody);
  os_linux::add_route("near", {wire::Ipv4Address{}, 0}, net.far_address());
  Sender sender{near.index, make_frame(near.mac, nobody)};
  std::vector<Way> ways;
  ways.push_back(sender.raw_single());
  ways.push_back(sender.raw_batched());
  ways.push_back(sender.frames_single());
  ways.push_back(sender.frames_batched(false));
  ways.push_back(sender.frames_batched(true));
  ways.push_back(sender.ring());
  ways.push_back(sender.link());
  for (int turn = 0; turn < turns; ++turn) {
    for (auto& way : ways) take_turn(way);
  }
  std::printf("%u packets of %zu bytes a turn, %d turns each, sender on core 0, veth\n", packets_per_turn, packet_bytes,
              turns);
  std::printf("%-62s %10s %10s %10s %8s\n", "way", "wall ns", "cpu ns", "kpps", "ratio");
  const double reference = median(ways[0].wall_ns);
  for (const auto& way : ways) {
    const double wall = median(way.wall_ns);
    std::printf("%-62s %10.0f %10.0f %10.0f %8.2f\n", way.name, wall, median(way.cpu_ns), 1e6 / wall, reference / wall);
  }
  return 0;
}

}  // namespace

int main() {
  try {
    return measure();
  } catch (const os_linux::Failure& failure) {
    std::fprintf(stderr, "os_send_bench: %s\n", failure.what());
    return os_linux::to_int(failure.code());
  }
}
