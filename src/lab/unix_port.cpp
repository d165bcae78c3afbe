// SPDX-License-Identifier: BSD-2-Clause
// The socket file: made for its owner alone, a dead one replaced, a living one or any other file left alone.
#include "lab/unix_port.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lab/datagram_port.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::lab {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::system_failure;

/// A datagram port that takes its file away at the end.
class UnixPort final : public FramePort {
 public:
  UnixPort(std::string path, os_linux::UniqueFd socket)
      : path_{std::move(path)}, port_{make_datagram_port(std::move(socket), Peer::senders)} {}
  ~UnixPort() override { ::unlink(path_.c_str()); }
  [[nodiscard]] int fd() const override { return port_->fd(); }
  std::optional<ConstBytes> read() override { return port_->read(); }
  void write(ConstBytes frame) override {
    port_->write(frame);
    dropped_ = port_->dropped();
  }
  bool flush() override {
    const bool done = port_->flush();
    dropped_ = port_->dropped();
    return done;
  }

 private:
  std::string path_;
  std::unique_ptr<FramePort> port_;
};

void remove_stale(const std::string& path, const sockaddr_un& local) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return;
  if (!S_ISSOCK(status.st_mode)) throw Failure{ExitCode::bad_input, path + " exists and is not a socket"};
  const os_linux::UniqueFd probe{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) == 0) {
    throw Failure{ExitCode::environment, path + " is in use by another program"};
  }
  ::unlink(path.c_str());
}

}  // namespace

std::unique_ptr<FramePort> open_unix_port(const std::string& path) {
  os_linux::UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket.is_open()) throw system_failure("cannot open a Unix socket", errno);
  sockaddr_un local{};
  if (path.empty() || path.size() >= sizeof local.sun_path) {
    throw Failure{ExitCode::bad_input, "the path of a Unix socket has 1 to " +
                                           std::to_string(sizeof local.sun_path - 1) + " bytes: " + path};
  }
  local.sun_family = AF_UNIX;
  std::memcpy(local.sun_path, path.data(), path.size());
  remove_stale(path, local);
  const mode_t mask = ::umask(0177);
  const int bound = ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local);
  const int error = errno;
  ::umask(mask);
  if (bound != 0) throw system_failure("cannot bind " + path, error);
  return std::make_unique<UnixPort>(path, std::move(socket));
}

}  // namespace utnt::lab
