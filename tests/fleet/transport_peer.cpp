// SPDX-License-Identifier: BSD-2-Clause
// The far side of a command for the tests of the transports: `transport_peer relay [SOCKET]` joins standard input and
// output with a Unix socket ($HOME/agent.sock when none is named), as the agent's relay does.
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

namespace {

bool pass_on(int from, int to) {
  std::array<char, 65'536> bytes;
  const ssize_t got = ::read(from, bytes.data(), bytes.size());
  ssize_t done = 0;
  while (done < got) {
    const ssize_t wrote = ::write(to, bytes.data() + done, static_cast<std::size_t>(got - done));
    if (wrote <= 0) return false;
    done += wrote;
  }
  return got > 0;
}

/// One direction each in a thread of its own: a full one must not stop the other. The first that ends ends both.
[[noreturn]] void relay(int socket) {
  std::thread other{[socket] {
    while (pass_on(socket, STDOUT_FILENO)) {
    }
    ::_exit(0);
  }};
  while (pass_on(STDIN_FILENO, socket)) {
  }
  ::_exit(0);
}

}  // namespace

int main(int count, char** words) {
  if (count < 2 || std::string{words[1]} != "relay") return 2;
  const char* home = std::getenv("HOME");
  const std::string path = count > 2 ? words[2] : std::string{home == nullptr ? "" : home} + "/agent.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return 2;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    std::perror(path.c_str());
    return 1;
  }
  ::signal(SIGPIPE, SIG_IGN);
  relay(socket);
}
