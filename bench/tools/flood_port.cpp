// SPDX-License-Identifier: BSD-2-Clause
// flood_port unix PATH COUNT | flood_port tap NAME COUNT
// Writes the same small frame so often, one write() each: the most that one thread gets through a Unix datagram socket
// or a TAP, and so the ceiling of whatever sends frames that way. A TAP only inside a sealed namespace (far_end).
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "os_linux/failure.hpp"
#include "os_linux/seal.hpp"
#include "tender/network/tap.hpp"

namespace {

using namespace utnt;  // a program of one file

os_linux::UniqueFd open_socket(const std::string& path) {
  os_linux::UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw os_linux::system_failure("cannot reach " + path, errno);
  return socket;
}

os_linux::UniqueFd open_port(std::string_view kind, const std::string& place) {
  if (kind == "unix") return open_socket(place);
  os_linux::require_permission_to_probe("the flood");
  return tender::attach_tap(place);
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) {
    std::fprintf(stderr, "usage: flood_port unix PATH COUNT | flood_port tap NAME COUNT\n");
    return 2;
  }
  try {
    const auto port = open_port(words[1], words[2]);
    // To the gateway of far_end, from a sender of the image's address, of an Ethernet type that nobody handles.
    std::array<unsigned char, 58> frame{2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
    for (auto left = std::strtoull(words[3], nullptr, 10); left > 0; --left) {
      if (::write(port.get(), frame.data(), frame.size()) < 0) throw os_linux::system_failure("write", errno);
    }
  } catch (const os_linux::Failure& failure) {
    std::fprintf(stderr, "flood_port: %s\n", failure.what());
    return os_linux::to_int(failure.code());
  }
  return 0;
}
