// SPDX-License-Identifier: BSD-2-Clause
// A TAP is asked for its seal first. A Unix socket gets an address of its own, because the other end answers to it; the
// socket files of programs that were killed are taken away by the next one that makes any.
// Sources: the kernel's documentation of packet_mmap; unix(7).
#include "tender/open_nic.hpp"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "os_linux/failure.hpp"
#include "os_linux/interfaces.hpp"
#include "os_linux/seal.hpp"
#include "tender/network/tap.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::system_failure;
using os_linux::UniqueFd;

constexpr std::string_view socket_prefix = "utnt-nic-";

UniqueFd open_tap(const std::string& name) {
  os_linux::require_permission_to_probe("the interface of an image");
  return attach_tap(name);
}

template <class Value>
void set_packet_option(const UniqueFd& socket, int option, const Value& value) {
  if (::setsockopt(socket.get(), SOL_PACKET, option, &value, sizeof value) != 0)
    throw system_failure("cannot set up a packet ring", errno);
}

UniqueFd open_packet_ring(const std::string& name) {
  os_linux::require_permission_to_probe("the interface of an image");
  const auto interface = os_linux::find_interface(name);
  if (!interface.is_ethernet) throw Failure{ExitCode::bad_input, name + " is not an Ethernet interface"};
  // Protocol 0: nothing is received before the socket is bound.
  UniqueFd socket{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket.is_open()) throw system_failure("cannot open a packet socket", errno);
  set_packet_option(socket, PACKET_VERSION, int{TPACKET_V2});
  set_packet_option(socket, PACKET_IGNORE_OUTGOING, 1);
  set_packet_option(socket, PACKET_LOSS, 1);  // a malformed frame is passed over, it does not stop the ring
  const tpacket_req ring{.tp_block_size = ring_block_bytes,
                         .tp_block_nr = ring_blocks,
                         .tp_frame_size = ring_frame_bytes,
                         .tp_frame_nr = ring_block_bytes / ring_frame_bytes * ring_blocks};
  set_packet_option(socket, PACKET_RX_RING, ring);
  set_packet_option(socket, PACKET_TX_RING, ring);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(interface.index);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw system_failure("cannot bind a packet socket to " + name, errno);
  return socket;
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    throw Failure{ExitCode::bad_input, "the path of a Unix socket has 1 to " +
                                           std::to_string(sizeof address.sun_path - 1) + " bytes: " + path};
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

std::string runtime_directory() {
  const char* const directory = std::getenv("XDG_RUNTIME_DIR");
  return directory != nullptr && *directory == '/' ? directory : "/tmp";
}

/// The number in a name says nothing about its owner: in another PID namespace it is another program's, and a killed
/// program that nobody has waited for yet still has it. A socket that is gone refuses.
bool has_socket(const std::string& path) {
  if (path.size() >= sizeof sockaddr_un{}.sun_path) return true;
  const auto address = address_of(path);
  const UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
         errno != ECONNREFUSED;
}

}  // namespace

void remove_stale_sockets() {
  const auto directory = runtime_directory();
  DIR* const entries = ::opendir(directory.c_str());
  if (entries == nullptr) return;
  while (const dirent* const entry = ::readdir(entries)) {
    if (!std::string_view{entry->d_name}.starts_with(socket_prefix)) continue;
    struct stat status {};
    const auto path = directory + "/" + entry->d_name;
    if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode) || status.st_uid != ::geteuid()) continue;
    if (!has_socket(path)) ::unlink(path.c_str());
  }
  ::closedir(entries);
}

namespace {

std::string fresh_local_path() {
  static std::atomic<unsigned> next{0};
  const auto directory = runtime_directory();
  const auto number = next++;
  if (number == 0) remove_stale_sockets();
  // Programs in several PID namespaces may share the directory and have one number.
  std::uint32_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != static_cast<ssize_t>(sizeof random))
    throw system_failure("cannot get random bytes", errno);
  return directory + "/" + std::string{socket_prefix} + std::to_string(::getpid()) + "-" + std::to_string(number) +
         "-" + std::to_string(random);
}

UniqueFd open_socket(const NicRequest& request, const std::string& local_path) {
  constexpr int buffer_bytes = 4 << 20;
  const auto peer = address_of(request.peer_path);
  const auto local = address_of(local_path);
  UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket.is_open()) throw system_failure("cannot open a Unix socket", errno);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0) {
    throw system_failure("cannot reach the other end of the interface, " + request.peer_path, errno);
  }
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
    if (errno == EADDRINUSE) throw Failure{ExitCode::environment, local_path + " exists already"};
    throw system_failure("cannot bind " + local_path, errno);
  }
  return socket;
}

}  // namespace

OpenNic::OpenNic(const NicRequest& request) {
  switch (request.kind) {
    case NicKind::tap:
      owned_ = open_tap(request.tap);
      break;
    case NicKind::unix_datagram: {
      const auto path = request.local_path.empty() ? fresh_local_path() : request.local_path;
      owned_ = open_socket(request, path);
      local_path_ = path;
      break;
    }
    case NicKind::packet_ring:
      owned_ = open_packet_ring(request.tap);
      break;
    case NicKind::descriptor:
      if (request.descriptor < 0 || ::fcntl(request.descriptor, F_GETFD) < 0)
        throw Failure{ExitCode::bad_input, "the descriptor of an interface is not open"};
      fd_ = request.descriptor;
      return;
  }
  fd_ = owned_.get();
}

OpenNic::~OpenNic() {
  if (!local_path_.empty()) ::unlink(local_path_.c_str());
}

}  // namespace utnt::tender
