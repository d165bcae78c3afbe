// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/store/controller_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "fleet/store/failure.hpp"

namespace utnt::fleet {
namespace {

std::string holder(int file) {
  std::array<char, 64> text{};
  const auto size = ::pread(file, text.data(), text.size() - 1, 0);
  std::string out;
  for (ssize_t i = 0; i < size && text[static_cast<std::size_t>(i)] >= '0' && text[static_cast<std::size_t>(i)] <= '9';
       ++i)
    out += text[static_cast<std::size_t>(i)];
  return out.empty() ? "another process" : "process " + out;
}

}  // namespace

ControllerLock::ControllerLock(const std::string& store_path) {
  const auto path = store_path + ".lock";
  file_ = os_linux::UniqueFd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!file_.is_open()) {
    const auto problem = errno == EACCES || errno == EROFS || errno == EPERM ? StoreProblem::read_only
                         : errno == ENOSPC                                   ? StoreProblem::full
                         : errno == ENOENT                                   ? StoreProblem::missing
                                                                             : StoreProblem::other;
    throw StoreFailure{problem,
                       fmt::format("store {}: cannot make its lock file {}: {}; check that its directory exists "
                                   "and may be written",
                                   store_path, path, std::strerror(errno))};
  }
  if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      throw StoreFailure{StoreProblem::other,
                         fmt::format("store {}: cannot lock {}: {}", store_path, path, std::strerror(errno))};
    throw StoreFailure{StoreProblem::locked,
                       fmt::format("store {}: another controller ({}) has it open; end that one or name another store",
                                   store_path, holder(file_.get()))};
  }
  // For the message above only, so a failure to write it is none of ours.
  const auto text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file_.get(), 0) == 0) static_cast<void>(::pwrite(file_.get(), text.data(), text.size(), 0) == 0);
}

}  // namespace utnt::fleet
