// SPDX-License-Identifier: BSD-2-Clause
// How long the prober's image needs from exec to its first probe, and how much memory it takes. The frames go to a Unix
// datagram socket that notes their arrival by the kernel's stamp. Beside it, in the same run: the start and end of a
// program that does nothing, the floor of any process start here. The same in a virtual machine of QEMU without KVM,
// beside the first byte of an image that has two instructions. Then many images at once, with their memory.
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/scratch_directory.hpp"
#include "os_linux/unique_fd.hpp"
#include "tender/qemu/qemu_tender.hpp"
#include "tender/tender.hpp"

namespace {

using namespace utnt;  // a program of one file

constexpr int starts = 200;
constexpr int machine_starts = 60;
constexpr Duration patience = 10_s;

/// A directory with the socket that stands for the network.
class Network {
 public:
  Network() {
    socket_ = os_linux::UniqueFd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    constexpr int on = 1;
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    constexpr timeval limit{0, 200'000};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw os_linux::system_failure("cannot bind " + path, errno);
  }
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// The same, however long it takes (10 s).
  [[nodiscard]] std::int64_t receive_late() const {
    std::int64_t arrival = 0;
    for (const auto end = os_linux::monotonic_now() + patience; arrival == 0 && os_linux::monotonic_now() < end;)
      arrival = receive();
    return arrival;
  }
  /// When the next frame arrived, by CLOCK_REALTIME; 0 when none comes within 0.2 s.
  [[nodiscard]] std::int64_t receive() const {
    char frame[2048];
    alignas(cmsghdr) char control[128];
    iovec vector{frame, sizeof frame};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    if (::recvmsg(socket_.get(), &message, 0) <= 0) return 0;
    const auto* const stamp = CMSG_FIRSTHDR(&message);
    if (stamp == nullptr || stamp->cmsg_type != SCM_TIMESTAMPNS) return 0;
    timespec at{};
    std::memcpy(&at, CMSG_DATA(stamp), sizeof at);
    return std::int64_t{at.tv_sec} * 1'000'000'000 + at.tv_nsec;
  }
  void drain() const {
    char frame[2048];
    while (::recv(socket_.get(), frame, sizeof frame, MSG_DONTWAIT) > 0) {
    }
  }

  const os_linux::ScratchDirectory directory_{std::filesystem::temp_directory_path().string(), "utnt-start"};

 public:
  const std::string path{directory_ / "port"};

 private:
  os_linux::UniqueFd socket_;
};

tender::RunRequest request_for(const std::string& image, const Network& network) {
  tender::RunRequest request;
  request.image = image;
  request.command_line =
      "net0.ip4=20.0.1.1/30 net0.gw4=20.0.1.2 net0.gwmac=02:00:00:00:00:02 dst=20.0.8.2 pps=100 traces=1 addresses=64 "
      "tunnels=64";
  request.memory_bytes = std::uint64_t{1} << 20;
  request.log_descriptor = -1;
  tender::NicRequest nic;
  nic.peer_path = network.path;
  request.nics = {nic};
  return request;
}

struct Times {
  std::vector<double> microseconds;
  void add(std::int64_t ns) { microseconds.push_back(static_cast<double>(ns) / 1e3); }
  double print(const char* name) {
    std::sort(microseconds.begin(), microseconds.end());
    const auto at = [&](double share) {
      return microseconds[static_cast<std::size_t>(share * static_cast<double>(microseconds.size() - 1))];
    };
    std::printf("%-44s median %7.0f us   10 %% %7.0f   90 %% %7.0f   n %zu\n", name, at(0.5), at(0.1), at(0.9),
                microseconds.size());
    return at(0.5);
  }
};

void measure_starts(tender::Tender& tender, const std::string& image) {
  const Network network;
  const auto request = request_for(image, network);
  const auto idle = [&] {
    auto nothing = request;
    nothing.command_line = "nothing-to-do";
    nothing.nics.clear();
    return nothing;
  }();
  Times prepare, spawn, first_frame, whole, floor;
  for (int i = 0; i < starts; ++i) {
    const auto begin = os_linux::monotonic_now();
    const auto instance = tender.start(request);
    const auto started = os_linux::monotonic_now();
    const auto arrival = network.receive();
    instance->stop();
    const auto outcome = tender::run_to_end(*instance, {});
    if (arrival == 0) throw std::runtime_error{"no frame came: " + outcome.explanation};
    const auto spawned = outcome.measured.spawned;
    const auto arrived = Instant{arrival - os_linux::wall_clock_offset_ns()};
    prepare.add((spawned - begin).ns());
    spawn.add((started - spawned).ns());
    first_frame.add((arrived - spawned).ns());
    network.drain();
    const auto refused = tender.start(idle);
    const auto end = tender::run_to_end(*refused, {});
    whole.add((end.measured.ended - end.measured.spawned).ns());
  }
  for (int i = 0; i < starts; ++i) {
    const auto begin = os_linux::monotonic_now();
    char name[] = "true";
    char* const words[] = {name, nullptr};
    pid_t child = 0;
    if (::posix_spawn(&child, "/bin/true", nullptr, nullptr, words, words + 1) != 0)
      throw std::runtime_error{"cannot start /bin/true"};
    int status = 0;
    ::waitpid(child, &status, 0);
    floor.add((os_linux::monotonic_now() - begin).ns());
  }
  prepare.print("open image, sockets, record channel");
  spawn.print("fork and exec, seen from the launcher");
  first_frame.print("fork to the first probe at the peer socket");
  whole.print("fork to the end of an image without work");
  floor.print("fork to the end of /bin/true");
}

/// From fork to the first byte on the serial port of the image `request` names.
Duration time_to_first_byte(tender::Tender& tender, tender::RunRequest request) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) throw os_linux::system_failure("pipe", errno);
  const os_linux::UniqueFd ours{ends[0]}, theirs{ends[1]};
  request.log_descriptor = theirs.get();
  const auto instance = tender.start(request);
  pollfd log{ours.get(), POLLIN, 0};
  const int ready = ::poll(&log, 1, static_cast<int>(patience.ns() / 1'000'000));
  const auto now = os_linux::monotonic_now();
  const auto outcome = tender::run_to_end(*instance, {});
  if (ready != 1) throw std::runtime_error{"the bare image says nothing: " + outcome.explanation};
  return now - outcome.measured.spawned;
}

/// From fork to the first frame at the peer socket.
Duration time_to_first_frame(tender::Tender& tender, const tender::RunRequest& request, const Network& network) {
  const auto instance = tender.start(request);
  const auto arrival = network.receive_late();
  instance->stop();
  const auto outcome = tender::run_to_end(*instance, {});
  if (arrival == 0) throw std::runtime_error{"no frame came: " + outcome.explanation};
  network.drain();
  return Instant{arrival - os_linux::wall_clock_offset_ns()} - outcome.measured.spawned;
}

void measure_machines(tender::Tender& tender, const std::filesystem::path& images) {
  const Network network;
  auto request = request_for((images / "utnt.elf").string(), network);
  request.memory_bytes = std::uint64_t{2} << 20;
  const os_linux::UniqueFd nowhere{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  request.log_descriptor = nowhere.get();
  auto bare = request, one_frame = request;
  bare.image = (images / "bare_boot.elf").string();
  one_frame.image = (images / "flood.elf").string();
  one_frame.command_line = "flood=1";
  Times floor, frame, probe;
  for (int i = 0; i < machine_starts; ++i) {
    floor.add(time_to_first_byte(tender, bare).ns());
    frame.add(time_to_first_frame(tender, one_frame, network).ns());
    probe.add(time_to_first_frame(tender, request, network).ns());
  }
  std::printf(
      "in a virtual machine: QEMU microvm, emulated processor, 2 MiB, the same devices in all rows; in turns\n");
  const auto least = floor.print("fork to the first byte of a bare image");
  frame.print("fork to the frame of an image with one frame");
  const auto ours = probe.print("fork to the first probe at the peer socket");
  std::printf("ratio of the first probe to the bare boot: %.2f (budget 1.3)\n", ours / least);
}

void measure_memory(tender::Tender& tender, const std::string& image, std::size_t count) {
  const Network network;
  std::atomic<bool> is_over{false};
  std::thread reader{[&] {
    while (!is_over) static_cast<void>(network.receive());
  }};
  const auto begin = os_linux::monotonic_now();
  auto request = request_for(image, network);
  request.command_line += " timeout-ms=60000";  // the probes that nobody answers keep it waiting
  std::vector<std::unique_ptr<tender::Instance>> instances;
  for (std::size_t i = 0; i < count; ++i) instances.push_back(tender.start(request));
  const auto started = os_linux::monotonic_now();
  ::usleep(300'000);
  std::uint64_t pss = 0, rss = 0;
  std::size_t alive = 0;
  for (const auto& instance : instances) {
    instance->step({});
    const auto use = instance->memory();
    if (!use) continue;
    ++alive;
    pss += use->pss_bytes;
    rss += use->rss_bytes;
  }
  is_over = true;
  instances.clear();
  reader.join();
  if (alive == 0) throw std::runtime_error{"no image stayed alive"};
  std::printf("%5zu images tracing at once: each PSS %llu KiB, RSS %llu KiB; started in %.0f ms\n", alive,
              static_cast<unsigned long long>(pss / alive / 1024), static_cast<unsigned long long>(rss / alive / 1024),
              static_cast<double>((started - begin).ns()) / 1e6);
}

}  // namespace

// start_bench [IMAGE [MOST_AT_ONCE]]
int main(int count, char** words) {
  const auto own = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const std::string image = count > 1 ? words[1] : (own / "../image/utnt-process").string();
  const auto most = count > 2 ? std::strtoul(words[2], nullptr, 10) : 1000;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  ::setpriority(PRIO_PROCESS, 0, -15);  // before whatever else runs on this machine, where that is permitted
  try {
    const auto tender = tender::make_process_tender();
    std::printf("image %s, %ju bytes; memory granted 1 MiB\n", image.c_str(),
                static_cast<std::uintmax_t>(std::filesystem::file_size(image)));
    measure_starts(*tender, image);
    if (tender::find_qemu()) {
      measure_machines(*tender::make_qemu_tender({}), std::filesystem::path{image}.parent_path());
    } else {
      std::printf("SKIPPED: qemu-system-x86_64 is not installed\n");
    }
    for (const std::size_t images : {1U, 10U, 1000U}) {
      if (images <= most) measure_memory(*tender, image, images);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "start_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
