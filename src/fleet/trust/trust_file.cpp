// SPDX-License-Identifier: BSD-2-Clause
// A temporary file beside the final one, fsynced, then linked (which fails where a file is) or renamed, then the
// directory fsynced.
#include "fleet/trust/trust_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "fleet/trust/trust_error.hpp"

namespace utnt::fleet {
namespace {

[[noreturn]] void fail(const std::string& path, std::string_view what, int error) {
  throw TrustError{fmt::format("{}: {}: {}", path, what, std::strerror(error))};
}

/// Closes, and removes a temporary file that did not become the final one.
struct OpenFile {
  int descriptor{-1};
  std::string temporary{};
  OpenFile() = default;
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (descriptor >= 0) ::close(descriptor);
    if (!temporary.empty()) ::unlink(temporary.c_str());
  }
};

void write_all(int descriptor, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t wrote = ::write(descriptor, content.data(), content.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) fail(path, "cannot be written", errno);
    content.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

void sync_directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  OpenFile opened;
  opened.descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened.descriptor < 0 || ::fsync(opened.descriptor) != 0) fail(directory, "cannot be synced", errno);
}

void check_privacy(const struct stat& status, const std::string& path) {
  if (status.st_uid != ::geteuid())
    throw TrustError{fmt::format("{}: belongs to user {}, not to you (user {}); give it to the user that runs this",
                                 path, status.st_uid, ::geteuid())};
  if ((status.st_mode & 077U) != 0)
    throw TrustError{
        fmt::format("{}: a secret that others may read or write (mode {:04o}); make a new key if they may "
                    "have read it, else: chmod 600 {}",
                    path, status.st_mode & 07777U, path)};
}

}  // namespace

void write_trust_file(const std::string& path, std::string_view content, Readers readers, Existing existing) {
  OpenFile file;
  std::string temporary = path + ".XXXXXX";
  file.descriptor = ::mkostemp(temporary.data(), O_CLOEXEC);  // mode 0600
  if (file.descriptor < 0) fail(path, "cannot be created (does its directory exist, may you write there?)", errno);
  file.temporary = temporary;
  if (readers == Readers::everybody && ::fchmod(file.descriptor, 0644) != 0) fail(path, "cannot get its mode", errno);
  write_all(file.descriptor, content, path);
  if (::fsync(file.descriptor) != 0) fail(path, "cannot be written", errno);
  if (existing == Existing::refuse) {
    if (::link(temporary.c_str(), path.c_str()) != 0) {
      if (errno != EEXIST) fail(path, "cannot be created", errno);
      throw TrustError{fmt::format("{}: is there already; move it away or choose another name", path)};
    }
  } else {
    if (::rename(temporary.c_str(), path.c_str()) != 0) fail(path, "cannot be replaced", errno);
    file.temporary.clear();
  }
  sync_directory_of(path);
}

std::string read_trust_file(const std::string& path, std::size_t bytes_max, Readers readers) {
  OpenFile file;
  const bool is_secret = readers == Readers::owner_only;
  file.descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | (is_secret ? O_NOFOLLOW : 0));
  if (file.descriptor < 0 && errno == ELOOP)
    throw TrustError{fmt::format("{}: is a symbolic link, where a secret must be a file of its own", path)};
  if (file.descriptor < 0) fail(path, "cannot be opened", errno);
  struct stat status {};
  if (::fstat(file.descriptor, &status) != 0) fail(path, "cannot be looked at", errno);
  if (!S_ISREG(status.st_mode)) throw TrustError{fmt::format("{}: is no regular file", path)};
  if (is_secret) check_privacy(status, path);
  std::string content;
  std::vector<char> piece(std::size_t{16} << 10);
  for (;;) {
    const ssize_t got = ::read(file.descriptor, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(path, "cannot be read", errno);
    if (got == 0) return content;
    content.append(piece.data(), static_cast<std::size_t>(got));
    if (content.size() > bytes_max)
      throw TrustError{
          fmt::format("{}: is longer than {} bytes; this is not the file that was meant", path, bytes_max)};
  }
}

void read_in_pieces(const std::string& path, const std::function<void(ConstBytes)>& take) {
  OpenFile file;
  file.descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file.descriptor < 0) fail(path, "cannot be opened", errno);
  std::vector<std::byte> piece(std::size_t{64} << 10);
  for (;;) {
    const ssize_t got = ::read(file.descriptor, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(path, "cannot be read", errno);
    if (got == 0) return;
    take(ConstBytes{piece}.first(static_cast<std::size_t>(got)));
  }
}

}  // namespace utnt::fleet
