// SPDX-License-Identifier: BSD-2-Clause
// Interfaces of an image: a Unix datagram socket as the lab serves it, and a TAP in a sealed namespace, with a packet
// socket as witness.
#include "tender/open_nic.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "os_linux/failure.hpp"
#include "os_linux/interfaces.hpp"
#include "os_linux/namespaces.hpp"
#include "os_linux/seal.hpp"
#include "support/sealed_child.hpp"
#include "support/temporary_directory.hpp"
#include "tender/test_instance.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::UniqueFd;

constexpr std::uint16_t experimental_ethertype = 0x88b5;

/// A socket file that somebody serves, in a directory of its own.
struct Peer {
  Peer() {
    socket = UniqueFd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }

  /// The next frame, and who sent it; empty after 5 s.
  std::string receive() {
    pollfd wait{socket.get(), POLLIN, 0};
    if (::poll(&wait, 1, 5000) != 1) return {};
    char buffer[2048];
    socklen_t bytes = sizeof sender;
    const auto got = ::recvfrom(socket.get(), buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&sender), &bytes);
    sender_bytes = bytes;
    return {buffer, got > 0 ? static_cast<std::size_t>(got) : 0};
  }
  void answer(const std::string& frame) const {
    EXPECT_EQ(
        ::sendto(socket.get(), frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&sender), sender_bytes),
        static_cast<ssize_t>(frame.size()));
  }

  const test::TemporaryDirectory directory;
  const std::string path{directory / "port"};
  UniqueFd socket;
  sockaddr_un sender{};
  socklen_t sender_bytes{0};
};

NicRequest unix_nic(const Peer& peer) {
  NicRequest nic;
  nic.peer_path = peer.path;
  nic.local_path = peer.directory / "image";
  nic.mac = {0x02, 0xaa, 0xbb, 0xcc, 0xdd, 0xee};
  return nic;
}

TEST(OpenNic, carries_frames_to_a_unix_socket_and_back_and_takes_its_file_away) {
  Peer peer;
  auto request = request_for("frame echo=2 trailer=0");
  request.nics = {unix_nic(peer)};
  const auto instance = make_process_tender()->start(request);
  const auto first = peer.receive();
  ASSERT_EQ(first.size(), 60U);
  EXPECT_EQ(first.substr(0, 14), (std::string{"\xff\xff\xff\xff\xff\xff\x02\xaa\xbb\xcc\xdd\xee\x88\xb5"}));
  struct stat status {};
  EXPECT_EQ(::stat((peer.directory / "image").c_str(), &status), 0);
  for (const auto& frame : {std::string(60, 'a'), std::string(1514, 'b')}) {
    peer.answer(frame);
    EXPECT_EQ(peer.receive(), frame);
  }
  const auto outcome = run_to_end(*instance, {});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.explanation;
  EXPECT_EQ(::stat((peer.directory / "image").c_str(), &status), -1) << "the socket file is left behind";
}

TEST(OpenNic, waits_for_room_when_the_other_end_is_slow) {
  // Linux lets net.unix.max_dgram_qlen datagrams wait, often 10; 500 frames find it full many times.
  Peer peer;
  std::string line;
  for (int i = 0; i < 500; ++i) line += "frame ";
  auto request = request_for(line + "trailer=0");
  request.nics = {unix_nic(peer)};
  const auto instance = make_process_tender()->start(request);
  for (int i = 0; i < 500; ++i) {
    if (i % 100 == 0) ::usleep(20'000);
    ASSERT_EQ(peer.receive().size(), 60U) << i;
  }
  EXPECT_EQ(run_to_end(*instance, {}).exit_code, 0);
}

TEST(OpenNic, goes_on_when_the_other_end_goes_away) {
  Peer peer;
  auto request = request_for("frame echo=1 frame trailer=0");
  request.nics = {unix_nic(peer)};
  request.time_limit = Duration{3'000'000'000};
  const auto instance = make_process_tender()->start(request);
  ASSERT_EQ(peer.receive().size(), 60U);
  peer.socket.reset();
  const auto outcome = run_to_end(*instance, {});
  // It waits for a frame that never comes, asleep: no fault, and hardly any processor time.
  EXPECT_EQ(outcome.end, End::time_limit);
  EXPECT_LT((outcome.measured.user_time + outcome.measured.system_time).ns(), 500'000'000);
}

TEST(OpenNic, says_who_does_not_answer) {
  Peer peer;
  auto request = request_for("");
  request.nics = {unix_nic(peer)};
  const auto code_of = [&] {
    try {
      make_process_tender()->start(request);
    } catch (const Failure& failure) {
      return failure.code();
    }
    return ExitCode::done;
  };
  request.nics[0].peer_path = peer.directory / "nobody";
  EXPECT_EQ(code_of(), ExitCode::environment);
  request.nics[0].peer_path = std::string(200, 'x');
  EXPECT_EQ(code_of(), ExitCode::bad_input);
  request.nics = {unix_nic(peer)};
  std::ofstream{request.nics[0].local_path} << "somebody else's";
  EXPECT_EQ(code_of(), ExitCode::environment);
  EXPECT_TRUE(std::filesystem::exists(request.nics[0].local_path)) << "a file that is not ours was removed";
  request.nics[0] = {};
  request.nics[0].kind = NicKind::descriptor;
  EXPECT_EQ(code_of(), ExitCode::bad_input);
  request.nics.assign(5, unix_nic(peer));
  EXPECT_EQ(code_of(), ExitCode::bad_input);
}

UniqueFd bound_at(const std::string& path) {
  UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return socket;
}

TEST(OpenNic, takes_away_the_sockets_of_programs_that_were_killed_and_no_others) {
  // The number of a process that has ended and was reaped: nobody has it now, unless in another PID namespace.
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  test_support::run_in_sealed_child([child] {
    Peer peer;
    ::setenv("XDG_RUNTIME_DIR", peer.directory.path().c_str(), 1);
    const auto name = peer.directory / "utnt-nic-" + std::to_string(child);
    const auto stale = name + "-0-1", living = name + "-0-2";
    bound_at(stale).reset();  // its file stays
    const auto kept = bound_at(living);
    remove_stale_sockets();  // what the first interface of a program does
    EXPECT_FALSE(std::filesystem::exists(stale));
    EXPECT_TRUE(std::filesystem::exists(living));
  });
}

/// Opens an interface as the first process of a PID namespace, says so, and keeps it until `until` ends.
[[noreturn]] void open_as_process_1(const Peer& peer, int says, int until) {
  if (::unshare(CLONE_NEWPID) != 0) ::_exit(2);
  if (const auto first = ::fork(); first != 0) {
    int status = 0;
    ::waitpid(first, &status, 0);
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 3);
  }
  try {
    NicRequest request;
    request.kind = NicKind::unix_datagram;
    request.peer_path = peer.path;
    const OpenNic nic{request};
    char byte = static_cast<char>(::getpid());
    if (::write(says, &byte, 1) != 1) ::_exit(4);
    [[maybe_unused]] const auto ended = ::read(until, &byte, 1);
  } catch (const Failure&) {
    ::_exit(5);
  }
  ::_exit(0);
}

TEST(OpenNic, has_a_name_of_its_own_beside_programs_of_other_pid_namespaces) {
  test_support::run_in_sealed_child([] {
    Peer peer;
    ::setenv("XDG_RUNTIME_DIR", peer.directory.path().c_str(), 1);
    std::array<int, 2> word{}, end{};
    ASSERT_EQ(::pipe(word.data()), 0);
    ASSERT_EQ(::pipe(end.data()), 0);
    std::array<pid_t, 2> children{};
    for (auto& child : children) {
      child = ::fork();
      if (child != 0) continue;
      ::close(end[1]);
      open_as_process_1(peer, word[1], end[0]);
    }
    ::close(word[1]);
    std::string numbers;
    for (char byte = 0; numbers.size() < children.size() && ::read(word[0], &byte, 1) == 1;) numbers += byte;
    ::close(end[1]);
    for (const auto child : children) {
      int status = 0;
      ASSERT_EQ(::waitpid(child, &status, 0), child);
      EXPECT_EQ(status, 0) << "its interface was not opened";
    }
    EXPECT_EQ(numbers, "\x01\x01") << "both were process 1, at the same time";
  });
}

#ifdef UTNT_SEALED_ONLY
TEST(OpenNic, opens_no_tap_where_packets_could_leave_the_machine) {
  // The namespace of the tests is not sealed (its loopback carries no alias); the refusal comes before any opening.
  if (os_linux::check_seal().is_sealed) GTEST_SKIP() << "the tests themselves run sealed";
  NicRequest request;
  request.kind = NicKind::tap;
  request.tap = "utnt-none";
  try {
    const OpenNic nic{request};
    ADD_FAILURE() << "it was opened";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), ExitCode::refused);
  }
}
#endif

/// A TAP that stays when nobody is attached, up.
void make_tap(const char* name) {
  const UniqueFd device{::open("/dev/net/tun", O_RDWR | O_CLOEXEC)};
  if (!device.is_open()) throw os_linux::system_failure("cannot open /dev/net/tun", EPERM);
  ifreq request{};
  std::strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  ASSERT_EQ(::ioctl(device.get(), TUNSETIFF, &request), 0);
  ASSERT_EQ(::ioctl(device.get(), TUNSETPERSIST, 1), 0);
  os_linux::set_up(name, true);
}

TEST(OpenNic, carries_frames_over_a_tap) {
  test_support::run_in_sealed_child([] {
    make_tap("tap0");
    const UniqueFd witness{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(experimental_ethertype))};
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(experimental_ethertype);
    address.sll_ifindex = static_cast<int>(os_linux::find_interface("tap0").index);
    ASSERT_EQ(::bind(witness.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    auto request = request_for("frame trailer=0");
    NicRequest nic;
    nic.kind = NicKind::tap;
    nic.tap = "tap0";
    request.nics = {nic};
    const auto instance = make_process_tender()->start(request);
    pollfd wait{witness.get(), POLLIN, 0};
    ASSERT_EQ(::poll(&wait, 1, 5000), 1);
    char frame[2048];
    EXPECT_EQ(::read(witness.get(), frame, sizeof frame), 60);
    EXPECT_EQ(run_to_end(*instance, {}).exit_code, 0);
  });
}

/// A packet socket at the other end of the image's interface.
UniqueFd open_witness(const char* name) {
  UniqueFd witness{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(experimental_ethertype))};
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(experimental_ethertype);
  address.sll_ifindex = static_cast<int>(os_linux::find_interface(name).index);
  EXPECT_EQ(::bind(witness.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const timeval limit{5, 0};
  ::setsockopt(witness.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return witness;
}

TEST(OpenNic, carries_frames_over_packet_rings_that_wrap_many_times) {
  test_support::run_in_sealed_child([] {
    const auto here = os_linux::current_namespace();
    os_linux::join_by_veth("image0", "peer0", here.get());
    const auto witness = open_witness("peer0");
    auto request = request_for("frame echo=1000 trailer=0");
    NicRequest nic;
    nic.kind = NicKind::packet_ring;
    nic.tap = "image0";
    request.nics = {nic};
    const auto instance = make_process_tender()->start(request);
    std::array<char, 2048> frame{};
    ASSERT_EQ(::recv(witness.get(), frame.data(), frame.size(), 0), 60);
    for (int i = 0; i < 1000; ++i) {
      const auto length = static_cast<std::size_t>(60 + i);
      std::memset(frame.data() + 14, i, length - 14);
      ASSERT_EQ(::send(witness.get(), frame.data(), length, 0), static_cast<ssize_t>(length));
      std::array<char, 2048> back{};
      ASSERT_EQ(::recv(witness.get(), back.data(), back.size(), 0), static_cast<ssize_t>(length)) << i;
      ASSERT_EQ(std::memcmp(back.data(), frame.data(), length), 0) << i;
    }
    const auto outcome = run_to_end(*instance, {});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.explanation;
  });
}

TEST(OpenNic, sends_more_through_a_packet_ring_than_it_has_slots) {
  test_support::run_in_sealed_child([] {
    const auto here = os_linux::current_namespace();
    os_linux::join_by_veth("image0", "peer0", here.get());
    const auto witness = open_witness("peer0");
    const int room = 16 << 20;
    ::setsockopt(witness.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    std::string line;
    for (int i = 0; i < 500; ++i) line += "frame ";
    auto request = request_for(line + "trailer=0");
    NicRequest nic;
    nic.kind = NicKind::packet_ring;
    nic.tap = "image0";
    request.nics = {nic};
    const auto instance = make_process_tender()->start(request);
    EXPECT_EQ(run_to_end(*instance, {}).exit_code, 0);
    std::array<char, 2048> frame{};
    for (int i = 0; i < 500; ++i) ASSERT_EQ(::recv(witness.get(), frame.data(), frame.size(), 0), 60) << i;
  });
}

TEST(OpenNic, lets_a_packet_ring_be_flushed_and_nothing_else_be_sent) {
  test_support::run_in_sealed_child([] {
    const auto here = os_linux::current_namespace();
    os_linux::join_by_veth("image0", "peer0", here.get());
    NicRequest nic;
    nic.kind = NicKind::packet_ring;
    nic.tap = "image0";
    const auto signal_of = [&](const std::string& line) {
      auto request = request_for(line);
      request.nics = {nic};
      const auto instance = make_process_tender()->start(request);
      return run_to_end(*instance, {}).signal;
    };
    // 44 is sendto; its arguments: descriptor, data, length, flags (0x40 is MSG_DONTWAIT).
    std::string ring;
    for (int fd = 0; fd < 16; ++fd) {
      const int flush = signal_of("d=0x40 a=" + std::to_string(fd) + " call=44");
      EXPECT_TRUE(flush == 0 || flush == SIGSYS) << fd;
      EXPECT_TRUE(flush != 0 || ring.empty()) << "more than one descriptor may be flushed";
      if (flush == 0) ring = std::to_string(fd);
    }
    ASSERT_FALSE(ring.empty());
    EXPECT_EQ(signal_of("a=" + ring + " b=0x100000 c=60 d=0x40 call=44"), SIGSYS);
    EXPECT_EQ(signal_of("a=" + ring + " c=60 d=0x40 call=44"), SIGSYS);
    EXPECT_EQ(signal_of("a=" + ring + " call=44"), SIGSYS);
    EXPECT_EQ(signal_of("a=" + ring + " b=0x100000 c=60 call=0"), SIGSYS);  // read
    EXPECT_EQ(signal_of("a=" + ring + " b=0x100000 c=60 call=1"), SIGSYS);  // write
  });
}

TEST(OpenNic, tells_a_tap_that_is_busy_from_one_that_is_missing) {
  test_support::run_in_sealed_child([] {
    make_tap("tap0");
    NicRequest nic;
    nic.kind = NicKind::tap;
    nic.tap = "tap0";
    const OpenNic first{nic};
    const auto message_of = [](const NicRequest& request) -> std::string {
      try {
        const OpenNic second{request};
      } catch (const Failure& failure) {
        return failure.what();
      }
      return {};
    };
    EXPECT_NE(message_of(nic).find("in use"), std::string::npos) << message_of(nic);
    nic.tap = "tap1";
    EXPECT_NE(message_of(nic).find("tap1"), std::string::npos);
    nic.tap = "lo";
    EXPECT_NE(message_of(nic).find("not a TAP"), std::string::npos);
  });
}

}  // namespace
}  // namespace utnt::tender
