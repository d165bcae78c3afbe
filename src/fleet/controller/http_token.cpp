// SPDX-License-Identifier: BSD-2-Clause
// Who may send events, and how many: the token's file, the bucket.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "fleet/controller/http_server.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::fleet {

using os_linux::ExitCode;
using os_linux::Failure;

std::string read_token_file(const std::string& path) {
  constexpr std::size_t least = 16, most = 1'024;
  const os_linux::UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
  if (!file.is_open()) throw os_linux::system_failure("cannot read the token file " + path, errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
    throw Failure{ExitCode::bad_input, "the token file " + path + " is no regular file"};
  constexpr unsigned others = 077;
  if ((status.st_mode & others) != 0)
    throw Failure{ExitCode::not_permitted, "others may read the token file " + path + ": chmod 600 it"};
  if (status.st_uid != ::geteuid())
    throw Failure{ExitCode::not_permitted, "the token file " + path + " belongs to somebody else"};
  std::array<char, most + 2> buffer{};
  const auto got = ::read(file.get(), buffer.data(), buffer.size());
  std::string token{buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  const auto is_of_token = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"-._~+/="}.find(c) != std::string_view::npos;
  };
  if (token.size() < least || token.size() > most || !std::all_of(token.begin(), token.end(), is_of_token)) {
    throw Failure{ExitCode::bad_input, "the token file " + path +
                                           ": expected one line of 16 to 1024 letters, digits and -._~+/= "
                                           "(openssl rand -hex 32 makes one)"};
  }
  return token;
}

bool TokenBucket::take(Instant now) {
  const double full = 2.0 * rate_;
  if (filled_ != Instant{}) tokens_ += static_cast<double>((now - filled_).ns()) / 1e9 * rate_;
  tokens_ = std::min(tokens_, full);
  filled_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace utnt::fleet
