// SPDX-License-Identifier: BSD-2-Clause
// See input_file.hpp.
#include "tender/input_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "os_linux/failure.hpp"

namespace utnt::tender {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::system_failure;
using os_linux::UniqueFd;

OpenFile open_file(const std::string& path, const std::string& what) {
  OpenFile file{.fd = UniqueFd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)}};
  if (!file.fd.is_open()) {
    if (errno == ENOENT) throw Failure{ExitCode::bad_input, "there is no " + what + " " + path};
    throw system_failure("cannot open the " + what + " " + path, errno);
  }
  struct stat status {};
  if (::fstat(file.fd.get(), &status) != 0) throw system_failure("cannot examine " + path, errno);
  if (!S_ISREG(status.st_mode)) throw Failure{ExitCode::bad_input, "the " + what + " " + path + " is not a file"};
  file.bytes = static_cast<std::uint64_t>(status.st_size);
  return file;
}

UniqueFd hold_in_memory(const char* name, ConstBytes bytes) {
  UniqueFd file{::memfd_create(name, MFD_CLOEXEC)};
  if (!file.is_open()) throw system_failure(std::string{"cannot hold the "} + name, errno);
  for (std::size_t at = 0; at < bytes.size();) {
    const auto written = ::pwrite(file.get(), &bytes[at], bytes.size() - at, static_cast<off_t>(at));
    if (written <= 0) throw system_failure(std::string{"cannot hold the "} + name, errno);
    at += static_cast<std::size_t>(written);
  }
  return file;
}

OpenFile open_module(const RunRequest& request) {
  if (!request.module_file.empty()) return open_file(request.module_file, "input");
  if (request.module.empty()) return {};
  return {hold_in_memory("input", request.module), request.module.size()};
}

}  // namespace utnt::tender
