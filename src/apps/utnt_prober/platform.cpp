// SPDX-License-Identifier: BSD-2-Clause
// The platform calls that the shared parts of the image's program make (records, log, clock), on Linux.
#include "unikernel/platform.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "apps/utnt_prober/prober_run.hpp"
#include "os_linux/clock.hpp"

namespace utnt {
namespace {

int record_descriptor = STDOUT_FILENO;

bool write_all(int descriptor, ConstBytes bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor, bytes.data(), bytes.size());
    if (written > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    } else if (written < 0 && errno == EAGAIN) {
      pollfd room{descriptor, POLLOUT, 0};
      ::poll(&room, 1, -1);
    } else if (written == 0 || errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

void prober::set_record_descriptor(int descriptor) { record_descriptor = descriptor; }

namespace unikernel::platform {

Instant now() { return os_linux::monotonic_now(); }
std::uint64_t wall_ns() { return static_cast<std::uint64_t>(os_linux::wall_clock_ns()); }
bool rec_write(ConstBytes bytes) { return write_all(record_descriptor, bytes); }

void log_write(std::string_view text) {
  pollfd room{STDERR_FILENO, POLLOUT, 0};
  // A reader who has stopped reading must not stop us.
  if (::poll(&room, 1, 0) > 0) write_all(STDERR_FILENO, std::as_bytes(std::span{text}));
}

}  // namespace unikernel::platform
}  // namespace utnt
