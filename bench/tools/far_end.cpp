// SPDX-License-Identifier: BSD-2-Clause
// far_end [--answer | --unix PATH | --tap NAME] [--idle-ms N] [--limit-s N] -- COMMAND...
// Runs any program inside a sealed namespace whose only way out is a pair of Ethernet interfaces, and is the other end:
// it counts every packet, and drops it or answers each echo request at once. So tools are compared by what they put on
// the wire, not by what they say. The command runs on core 0, this end on core 1. The command is ended once nothing
// came for N ms (0 = never) and in any case after N seconds. One line of NAME=VALUE pairs goes to standard error.
// The address here is 20.0.1.1 on the interface `near`; every route leads to the gateway 20.0.1.2, 02:00:00:00:00:09.
// For programs that bring their own addresses the way out is another: --unix, datagrams of one frame each to a socket
// at PATH; --tap, a TAP that the program attaches to, behind which the kernel drops what is not for it.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "os_linux/clock.hpp"
#include "os_linux/exit_code.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/seal.hpp"
#include "support/two_namespaces.hpp"
#include "tender/network/tap.hpp"
#include "tools/datagram_sink.hpp"
#include "wire/ethernet.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"

namespace {

using namespace utnt;  // a program of one file
using os_linux::system_failure;
using os_linux::UniqueFd;

constexpr std::size_t batch = 64;
constexpr std::size_t frame_bytes_max = 2048;
constexpr int queue_bytes = 256 << 20;  // what may wait for us: a hundred thousand small frames and more
constexpr Duration sample_period = 1_ms;
constexpr Duration patience_after_signal = 2_s;
// Nobody's: the kernel at this end throws such frames away before it routes them.
constexpr wire::MacAddress gateway_mac{{2, 0, 0, 0, 0, 9}};

struct Options {
  bool answers{false};
  std::string unix_path;
  std::string tap;
  Duration idle{};
  Duration limit{60_s};
  char** command{nullptr};
};

void pin_to_core(unsigned core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

/// Router solicitations and the like would be counted as packets of the tool.
void switch_off_ipv6() {
  for (const char* name : {"all", "default"}) {
    std::ofstream{std::string{"/proc/sys/net/ipv6/conf/"} + name + "/disable_ipv6"} << "1";
  }
}

/// Packets that reached the interface, by the kernel's count for the calling thread's namespace.
std::uint64_t packets_arrived(const std::string& interface) {
  std::ifstream table{"/proc/thread-self/net/dev"};
  for (std::string line; std::getline(table, line);) {
    const auto at = line.find(interface + ":");
    if (at == std::string::npos) continue;
    std::istringstream numbers{line.substr(at + interface.size() + 1)};
    std::uint64_t bytes = 0;
    std::uint64_t packets = 0;
    numbers >> bytes >> packets;
    return packets;
  }
  return 0;
}

/// Answers echo requests with whatever they carried; everything else is dropped.
class Responder {
 public:
  Responder() : socket_{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)} {
    if (!socket_.is_open()) throw system_failure("socket", errno);
    if (::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &queue_bytes, sizeof queue_bytes) != 0) {
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &queue_bytes, sizeof queue_bytes);
    }
    const int on = 1;
    ::setsockopt(socket_.get(), SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
    ::setsockopt(socket_.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
    sockaddr_ll local{};
    local.sll_family = AF_PACKET;
    local.sll_protocol = htons(ETH_P_IP);
    local.sll_ifindex = static_cast<int>(os_linux::find_interface("far").index);
    if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
      throw system_failure("bind", errno);
    }
    for (std::size_t i = 0; i < batch; ++i) {
      vectors_[i] = {frames_[i].data(), frame_bytes_max};
      incoming_[i].msg_hdr.msg_iov = &vectors_[i];
      incoming_[i].msg_hdr.msg_iovlen = 1;
    }
  }

  [[nodiscard]] int fd() const { return socket_.get(); }
  [[nodiscard]] std::uint64_t answered() const { return answered_; }
  /// Packets that found no room in front of the responder.
  std::uint64_t missed() {
    tpacket_stats stats{};
    socklen_t size = sizeof stats;
    if (::getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0) missed_ += stats.tp_drops;
    return missed_;
  }

  /// One batch; false when nothing was waiting.
  bool serve() {
    for (auto& vector : vectors_) vector.iov_len = frame_bytes_max;
    const int got = ::recvmmsg(socket_.get(), incoming_.data(), batch, MSG_DONTWAIT, nullptr);
    if (got <= 0) return false;
    unsigned answers = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
      const MutableBytes frame{frames_[i].data(), incoming_[i].msg_len};
      if (!turn_round(frame)) continue;
      answer_vectors_[answers] = {frame.data(), frame.size()};
      outgoing_[answers].msg_hdr.msg_iov = &answer_vectors_[answers];
      outgoing_[answers].msg_hdr.msg_iovlen = 1;
      ++answers;
    }
    for (unsigned sent = 0; sent < answers;) {
      const int now = ::sendmmsg(socket_.get(), &outgoing_[sent], answers - sent, 0);
      if (now > 0) sent += static_cast<unsigned>(now);
      if (now < 0 && errno != EINTR && errno != ENOBUFS && errno != EAGAIN) throw system_failure("sendmmsg", errno);
    }
    answered_ += answers;
    return true;
  }

 private:
  /// Makes an echo request its own answer; false when the frame is something else.
  static bool turn_round(MutableBytes frame) {
    if (frame.size() < wire::ethernet_header_bytes + wire::ipv4_header_bytes + 8) return false;
    const auto packet = frame.subspan(wire::ethernet_header_bytes);
    const auto ip = wire::Ipv4View::parse(packet);
    if (!ip || ip->protocol() != wire::protocol::icmp) return false;
    const auto icmp = wire::Icmpv4View::parse(ip->payload());
    if (!icmp || icmp->type() != wire::icmp4::echo_request) return false;
    const auto length = ip->total_length();
    const auto destination = ip->destination();
    const auto source = ip->source();
    wire::write_ipv4_header(packet, {.total_length = length,
                                     .id = ip->id(),
                                     .ttl = Ttl{64},
                                     .protocol = wire::protocol::icmp,
                                     .source = destination,
                                     .destination = source});
    wire::write_echo(packet.first(length).subspan(wire::ipv4_header_bytes),
                     {.type = wire::icmp4::echo_reply, .identifier = icmp->identifier(), .sequence = icmp->sequence()});
    std::swap_ranges(frame.begin(), frame.begin() + 6, frame.begin() + 6);
    return true;
  }

  UniqueFd socket_;
  std::array<std::array<std::byte, frame_bytes_max>, batch> frames_{};
  std::array<iovec, batch> vectors_{}, answer_vectors_{};
  std::array<mmsghdr, batch> incoming_{}, outgoing_{};
  std::uint64_t answered_{0};
  std::uint64_t missed_{0};
};

struct Sample {
  Instant at;
  std::uint64_t packets;
};

/// Packets per second over the shortest stretch that holds half of all packets: neither the start of a tool nor its
/// waiting for answers that do not come is part of it.
double rate_of(const std::vector<Sample>& samples) {
  const auto half = std::max<std::uint64_t>(samples.back().packets / 2, 1);
  double best = 0;
  for (std::size_t from = 0, to = 0; to < samples.size(); ++to) {
    while (samples[to].packets - samples[from].packets >= half) {
      const auto ns = static_cast<double>((samples[to].at - samples[from].at).ns());
      if (ns > 0) best = std::max(best, static_cast<double>(samples[to].packets - samples[from].packets) * 1e9 / ns);
      ++from;
    }
  }
  return best;
}

class Watch {
 public:
  Watch(const Options& options, pid_t child) : options_{options}, child_{child}, started_{os_linux::monotonic_now()} {
    if (options.answers) responder_ = std::make_unique<Responder>();
    if (!options.tap.empty()) interface_ = options.tap;
    if (!options.unix_path.empty()) sink_ = std::make_unique<bench::DatagramSink>(options.unix_path);
  }

  /// Serves and counts until the command has ended.
  void run() {
    while (!is_reaped_) {
      const bool busy = (responder_ && responder_->serve()) || (sink_ && sink_->drain());
      const auto now = os_linux::monotonic_now();
      if (now - sampled_ >= sample_period) look(now);
      if (busy) continue;
      pollfd source{responder_ ? responder_->fd() : sink_ ? sink_->fd() : -1, POLLIN, 0};
      ::poll(&source, 1, 1);
    }
    samples_.push_back({os_linux::monotonic_now(), packets()});
  }

  void print() {
    rusage usage{};
    ::getrusage(RUSAGE_CHILDREN, &usage);
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    std::fprintf(stderr,
                 "far_end: sent=%llu pps=%.0f answered=%llu missed=%llu cpu_s=%.3f wall_s=%.3f ended=%s exit=%d\n",
                 static_cast<unsigned long long>(samples_.back().packets), rate_of(samples_),
                 static_cast<unsigned long long>(responder_ ? responder_->answered() : 0),
                 static_cast<unsigned long long>(responder_ ? responder_->missed() : 0),
                 seconds(usage.ru_utime) + seconds(usage.ru_stime),
                 static_cast<double>((os_linux::monotonic_now() - started_).ns()) / 1e9, reason_, status_);
  }

 private:
  [[nodiscard]] std::uint64_t packets() const { return sink_ ? sink_->received() : packets_arrived(interface_); }

  void look(Instant now) {
    sampled_ = now;
    const auto packets = this->packets();
    if (samples_.empty() || packets != samples_.back().packets) {
      samples_.push_back({now, packets});
      changed_ = now;
    }
    int status = 0;
    if (::waitpid(child_, &status, WNOHANG) == child_) {
      is_reaped_ = true;
      status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      return;
    }
    if (is_told_) {
      if (now - told_ > patience_after_signal) ::kill(child_, SIGKILL);
      return;
    }
    const bool is_idle = options_.idle > Duration{} && packets > 0 && now - changed_ > options_.idle;
    if (!is_idle && now - started_ <= options_.limit) return;
    reason_ = is_idle ? "idle" : "limit";
    ::kill(child_, SIGTERM);
    is_told_ = true;
    told_ = now;
  }

  const Options& options_;
  pid_t child_;
  Instant started_, sampled_, changed_, told_;
  std::unique_ptr<Responder> responder_;
  std::unique_ptr<bench::DatagramSink> sink_;
  std::string interface_{"far"};
  std::vector<Sample> samples_;
  const char* reason_{"self"};
  int status_{0};
  bool is_told_{false};
  bool is_reaped_{false};
};

Options read_options(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    const bool has_value = i + 1 < count;
    if (word == "--answer") {
      options.answers = true;
    } else if (word == "--unix" && has_value) {
      options.unix_path = words[++i];
    } else if (word == "--tap" && has_value) {
      options.tap = words[++i];
    } else if (word == "--idle-ms" && has_value) {
      options.idle = 1_ms * std::atoi(words[++i]);
    } else if (word == "--limit-s" && has_value) {
      options.limit = 1_s * std::atoi(words[++i]);
    } else if (word == "--" && has_value) {
      options.command = words + i + 1;
      return options;
    } else {
      break;
    }
  }
  throw os_linux::Failure{
      os_linux::ExitCode::bad_input,
      "usage: far_end [--answer | --unix PATH | --tap NAME] [--idle-ms N] [--limit-s N] -- COMMAND..."};
}

int measure(const Options& options) {
  os_linux::enter_new_sealed_namespace();
  switch_off_ipv6();
  const test_support::TwoNamespaces net;
  os_linux::add_neighbour("near", net.far_address(), gateway_mac);
  os_linux::add_route("near", {wire::Ipv4Address{}, 0}, net.far_address());
  os_linux::require_permission_to_probe("the far end");
  if (!options.tap.empty()) {
    static_cast<void>(tender::make_tap(options.tap, tender::TapLife::persistent));
    os_linux::set_up(options.tap, true);
  }
  std::fflush(nullptr);
  // Both ends before whatever else runs on this machine; where that is not permitted, the usual priority must do.
  ::setpriority(PRIO_PROCESS, 0, -15);
  // The command waits until this end counts.
  std::array<int, 2> go{};
  if (::pipe2(go.data(), O_CLOEXEC) != 0) throw system_failure("pipe", errno);
  const pid_t child = ::fork();
  if (child < 0) throw system_failure("fork", errno);
  if (child == 0) {
    pin_to_core(0);
    ::close(go[1]);
    char none = 0;
    [[maybe_unused]] const auto got = ::read(go[0], &none, 1);
    ::execvp(options.command[0], options.command);
    std::fprintf(stderr, "far_end: cannot run %s: %s\n", options.command[0], std::strerror(errno));
    ::_exit(127);
  }
  pin_to_core(1);
  if (options.tap.empty()) os_linux::enter_namespace(net.far.get());
  Watch watch{options, child};
  ::close(go[0]);
  ::close(go[1]);
  watch.run();
  watch.print();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return measure(read_options(argc, argv));
  } catch (const os_linux::Failure& failure) {
    std::fprintf(stderr, "far_end: %s\n", failure.what());
    return os_linux::to_int(failure.code());
  }
}
