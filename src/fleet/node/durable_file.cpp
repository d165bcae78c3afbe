// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/node/durable_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <filesystem>

#include "os_linux/failure.hpp"
#include "os_linux/fault_point.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::fleet {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::system_failure;
using os_linux::UniqueFd;

std::string directory_of(const std::string& path) {
  const auto parent = std::filesystem::path{path}.parent_path().string();
  return parent.empty() ? "." : parent;
}

void sync_directory(const std::string& directory) {
  const UniqueFd handle{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!handle.is_open() || ::fsync(handle.get()) != 0) throw system_failure("cannot sync " + directory, errno);
}

void write_all(const UniqueFd& file, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw system_failure("cannot write " + path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

void write_durably(const std::string& path, std::string_view bytes, unsigned mode, const NodeFault& fault) {
  const auto point = [&fault](std::string_view name) { fault ? fault(name) : os_linux::fault_point(name); };
  point("before create");
  const std::filesystem::path whole{path};
  const auto unfinished = directory_of(path) + "/." + whole.filename().string();
  UniqueFd file{::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)};
  if (!file.is_open()) throw system_failure("cannot create " + unfinished, errno);
  try {
    point("before write");
    write_all(file, unfinished, bytes);
    point("before sync");
    if (::fsync(file.get()) != 0) throw system_failure("cannot sync " + unfinished, errno);
  } catch (const std::exception&) {
    ::unlink(unfinished.c_str());
    throw;
  }
  file.reset();
  point("before rename");
  rename_durably(unfinished, path);
  point("after rename");
}

void rename_durably(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) throw system_failure("cannot rename " + from + " to " + to, errno);
  sync_directory(directory_of(to));
}

void remove_durably(const std::string& path) {
  if (::unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return;
    throw system_failure("cannot remove " + path, errno);
  }
  sync_directory(directory_of(path));
}

std::string read_whole(const std::string& path, std::uint64_t bytes_max) {
  const UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file.is_open()) throw system_failure("cannot open " + path, errno);
  std::string text;
  for (std::string piece(65'536, '\0');;) {
    const auto got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw system_failure("cannot read " + path, errno);
    if (got == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(got));
    if (text.size() > bytes_max) {
      throw Failure{ExitCode::bad_input, path + " is longer than " + std::to_string(bytes_max) + " bytes"};
    }
  }
}

void make_private_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path{path}.parent_path(), error);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) throw system_failure("cannot make " + path, errno);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
    throw Failure{ExitCode::environment, path + " is not a directory"};
  if (status.st_uid != ::geteuid() || (status.st_mode & 022U) != 0)
    throw Failure{ExitCode::not_permitted, path + " belongs to another user, or others may write there"};
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{directory}) {
    const auto name = entry.path().filename().string();
    if (!entry.is_regular_file()) continue;
    if (name.starts_with('.')) {
      ::unlink(entry.path().c_str());
    } else {
      names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::uint64_t free_bytes(const std::string& directory) {
  struct statvfs status {};
  if (::statvfs(directory.c_str(), &status) != 0) throw system_failure("cannot examine " + directory, errno);
  return std::uint64_t{status.f_bavail} * status.f_frsize;
}

}  // namespace utnt::fleet
