// SPDX-License-Identifier: BSD-2-Clause
// See output_file.hpp.
#include "apps/utnt/output_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "apps/utnt/command.hpp"

namespace utnt::apps {

namespace {

int flags_of(OpenMode mode, bool is_regular_or_absent) {
  constexpr int common = O_WRONLY | O_CLOEXEC;
  if (!is_regular_or_absent) return common;
  switch (mode) {
    case OpenMode::create:
      return common | O_CREAT;
    case OpenMode::append:
      return O_RDWR | O_CLOEXEC | O_CREAT;
    case OpenMode::replace:
      return common | O_CREAT | O_TRUNC;
    case OpenMode::resume:
      return common;
  }
  return common;
}

}  // namespace

OutputFile::OutputFile(const Target& target) : path_{target.path == "-" ? "standard output" : target.path} {
  if (target.path == "-") {
    fd_ = STDOUT_FILENO;
    return;
  }
  open(target);
}

void OutputFile::open(const Target& target) {
  struct stat status {};
  const bool exists = ::stat(path_.c_str(), &status) == 0;
  is_regular_ = !exists || S_ISREG(status.st_mode);
  if (exists && is_regular_ && status.st_size > 0 && target.mode == OpenMode::create) {
    throw Failure{
        ExitCode::bad_input,
        fmt::format("{} exists; --append adds to it, --force replaces it, --checkpoint continues a run", path_)};
  }
  owned_ = os_linux::UniqueFd{::open(path_.c_str(), flags_of(target.mode, is_regular_), 0666)};
  fd_ = owned_.get();
  if (fd_ < 0) throw os_linux::system_failure(fmt::format("cannot write {}", path_), errno);
  if (!is_regular_ || target.mode == OpenMode::create || target.mode == OpenMode::replace) return;
  const auto size = exists ? static_cast<std::uint64_t>(status.st_size) : 0;
  if (target.mode == OpenMode::append) {
    position_ = size;
    if (target.is_text && size > 0) begin_line();
  } else {
    if (size < target.position) {
      throw Failure{ExitCode::bad_input,
                    fmt::format("{} has {} bytes, but the checkpoint knows of {}: results are missing; bring the file "
                                "back, or delete the checkpoint to begin again",
                                path_, size, target.position)};
    }
    position_ = target.position;
    if (::ftruncate(fd_, static_cast<off_t>(position_)) != 0) {
      throw os_linux::system_failure(fmt::format("cannot cut off the unfinished end of {}", path_), errno);
    }
  }
  ::lseek(fd_, static_cast<off_t>(position_), SEEK_SET);
}

void OutputFile::begin_line() {
  char last = '\n';
  if (::pread(fd_, &last, 1, static_cast<off_t>(position_ - 1)) == 1 && last != '\n') pending_ = "\n";
}

void OutputFile::flush() {
  std::string_view left = pending_;
  while (!left.empty()) {
    const auto written = ::write(fd_, left.data(), left.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail(errno);
    }
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  position_ += pending_.size();
  pending_.clear();
}

void OutputFile::fail(int error_number) {
  const bool is_whole = is_regular_ && owned_.is_open() && ::ftruncate(fd_, static_cast<off_t>(position_)) == 0;
  pending_.clear();
  throw Failure{ExitCode::environment,
                fmt::format("cannot write results to {}: {}; {}", path_, std::strerror(error_number),
                            is_whole ? fmt::format("the {} bytes before are complete and valid", position_)
                                     : fmt::format("{} bytes were written before", position_))};
}

void OutputFile::sync() {
  if (is_regular_ && owned_.is_open() && ::fdatasync(fd_) != 0) fail(errno);
}

bool OutputFile::is_terminal() const { return ::isatty(fd_) == 1; }

}  // namespace utnt::apps
