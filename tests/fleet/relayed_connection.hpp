// SPDX-License-Identifier: BSD-2-Clause
// A connection as the fleet has them: a command on the controller's side whose far end is connected to the Unix socket
// of an agent, by a small relay program of the tests.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <functional>
#include <memory>
#include <string>

#include "fleet/transport/process_link.hpp"
#include "fleet/transport/stream_link.hpp"
#include "fleet/transport/transport_test_support.hpp"
#include "fleet/transport_conformance.hpp"

namespace utnt::fleet::test {

inline const std::string peer_program = UTNT_TRANSPORT_PEER;

inline os_linux::UniqueFd listen_at(const std::string& path) {
  os_linux::UniqueFd listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) throw std::runtime_error{"too long for a socket: " + path};
  std::memcpy(address.sun_path, path.data(), path.size());
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(listener.get(), 4) != 0)
    throw std::runtime_error{"cannot listen at " + path};
  return listener;
}

class RelayedConnection : public Connection {
 public:
  /// `relay_to` makes the command that connects its standard input and output with the socket.
  explicit RelayedConnection(const std::function<Command(const std::string& socket)>& relay_to)
      : RelayedConnection{"agent.sock", relay_to} {}

  Link& near() override { return *near_; }
  Link& far() override { return *far_; }
  void cut() override { ::kill(near_->child_id(), SIGKILL); }

 private:
  RelayedConnection(const char* name, const std::function<Command(const std::string& socket)>& relay_to) {
    const std::string path = directory_ / name;
    const auto listener = listen_at(path);
    near_ = std::make_unique<ProcessLink>(relay_to(path));
    pollfd waits{listener.get(), POLLIN, 0};
    if (::poll(&waits, 1, 10'000) != 1) {
      near_->receive();
      throw std::runtime_error{"the relay did not come: " + near_->why() + near_->error_text()};
    }
    far_ = std::make_unique<StreamLink>(os_linux::UniqueFd{::accept(listener.get(), nullptr, nullptr)});
  }

  TemporaryDirectory directory_;
  std::unique_ptr<ProcessLink> near_;
  std::unique_ptr<StreamLink> far_;
};

/// A link to a command that sends these bytes, out of a file in `directory`, and ends.
inline std::unique_ptr<Link> sent_by(ConstBytes bytes, const std::string& directory,
                                     const std::function<Command(const std::string& file)>& command) {
  const std::string file = directory + "/bytes";
  write_file(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return std::make_unique<ProcessLink>(command(file));
}

}  // namespace utnt::fleet::test
