// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/line_server.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::system_failure;
using os_linux::UniqueFd;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  if (path.empty() || path.size() >= sizeof address.sun_path)
    throw Failure{ExitCode::bad_input, "the path of a Unix socket has 1 to 107 bytes: " + path};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

UniqueFd connected(const std::string& path) {
  const auto address = address_of(path);
  UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!socket.is_open()) throw system_failure("cannot open a Unix socket", errno);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  return socket;
}

}  // namespace

LineServer::LineServer(Answer answer) : answer_{std::move(answer)}, watch_{::epoll_create1(EPOLL_CLOEXEC)} {
  if (!watch_.is_open()) throw system_failure("cannot watch descriptors", errno);
}

LineServer::~LineServer() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

void LineServer::watch(int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  if (::epoll_ctl(watch_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0)
    throw system_failure("cannot watch a descriptor", errno);
}

void LineServer::listen(const std::string& path) {
  if (connected(path).is_open()) throw Failure{ExitCode::environment, "another program listens at " + path};
  ::unlink(path.c_str());
  const auto address = address_of(path);
  UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket.is_open()) throw system_failure("cannot open a Unix socket", errno);
  constexpr mode_t others = 0177;
  const auto mask = ::umask(others);
  const bool is_bound = ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int error = errno;
  ::umask(mask);
  if (!is_bound) throw system_failure("cannot bind " + path, error);
  if (::listen(socket.get(), static_cast<int>(clients_max)) != 0)
    throw system_failure("cannot listen at " + path, errno);
  listener_ = std::move(socket);
  path_ = path;
  watch(listener_.get());
}

void LineServer::read_from(int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
  input_ = descriptor;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  // A regular file is always ready, and epoll refuses it: it is read to its end in the first step.
  ::epoll_ctl(watch_.get(), EPOLL_CTL_ADD, descriptor, &event);
}

void LineServer::accept_clients() {
  while (listener_.is_open()) {
    UniqueFd socket{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!socket.is_open()) return;
    if (clients_.size() >= clients_max) continue;
    const int number = socket.get();
    watch(number);
    clients_[number].socket = std::move(socket);
  }
}

bool LineServer::serve(int descriptor, std::string& received, bool answers) {
  std::array<char, 16'384> buffer;
  for (;;) {
    const auto got = ::read(descriptor, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    received.append(buffer.data(), static_cast<std::size_t>(got));
    if (got == 0 && !received.empty() && received.back() != '\n') received += '\n';
    for (auto end = received.find('\n'); end != std::string::npos; end = received.find('\n')) {
      const auto reply = answer_(received.substr(0, end)) + "\n";
      received.erase(0, end + 1);
      // An answer that does not fit is lost, and with it a client that does not read.
      if (answers && ::send(descriptor, reply.data(), reply.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return false;
    }
    if (got == 0 || received.size() > line_max) return false;
  }
}

void LineServer::step() {
  accept_clients();
  for (auto client = clients_.begin(); client != clients_.end();)
    client = serve(client->first, client->second.received, true) ? std::next(client) : clients_.erase(client);
  if (input_ >= 0 && !serve(input_, input_received_, false)) {
    ::epoll_ctl(watch_.get(), EPOLL_CTL_DEL, input_, nullptr);
    input_ = -1;
  }
}

std::string ask_line_server(const std::string& path, const std::string& line) {
  const auto socket = connected(path);
  if (!socket.is_open()) throw Failure{ExitCode::environment, "nobody listens at " + path};
  const auto text = line + "\n";
  if (::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
    throw system_failure("cannot write to " + path, errno);
  std::string answer;
  for (std::array<char, 4096> buffer; answer.find('\n') == std::string::npos;) {
    const auto got = ::read(socket.get(), buffer.data(), buffer.size());
    if (got <= 0) break;
    answer.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return answer.substr(0, answer.find('\n'));
}

}  // namespace utnt::fleet
