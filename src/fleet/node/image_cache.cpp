// SPDX-License-Identifier: BSD-2-Clause
// An unfinished image is DIGEST.part; its length says where to go on.
#include "fleet/node/image_cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <vector>

#include "fleet/node/durable_file.hpp"
#include "fleet/trust/digest.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/fault_point.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::fleet {
namespace {

using os_linux::system_failure;
using os_linux::UniqueFd;

constexpr std::string_view part_suffix = ".part";

void touch(const std::string& path) { ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0); }

}  // namespace

ImageCache::ImageCache(std::string directory, Limits limits, Verify verify)
    : directory_{std::move(directory)}, limits_{limits}, verify_{std::move(verify)} {
  make_private_directory(directory_);
}

std::string ImageCache::path_of(const std::string& digest) const { return directory_ + "/" + digest; }
std::string ImageCache::part_of(const std::string& digest) const { return path_of(digest) + std::string{part_suffix}; }

std::optional<std::string> ImageCache::find(const std::string& digest) {
  if (!is_digest(digest)) return std::nullopt;
  auto path = path_of(digest);
  if (!std::filesystem::exists(path)) return std::nullopt;
  if (sha256_hex_of_file(path) != digest) {
    complaint_ = "the image " + digest + " on this node's disk was damaged; it was removed";
    remove_durably(path);
    return std::nullopt;
  }
  touch(path);
  return path;
}

std::uint64_t ImageCache::received(const std::string& digest) const {
  if (!is_digest(digest)) return 0;
  std::error_code error;
  const auto bytes = std::filesystem::file_size(part_of(digest), error);
  return error ? 0 : bytes;
}

void ImageCache::forget(const std::string& digest) {
  if (is_digest(digest)) remove_durably(part_of(digest));
}

ImageCache::Progress ImageCache::reject(const std::string& digest, std::string why) {
  complaint_ = std::move(why);
  remove_durably(part_of(digest));
  return Progress::rejected;
}

ImageCache::Progress ImageCache::add(const std::string& digest, std::uint64_t offset, std::uint64_t total,
                                     ConstBytes piece, const std::string& signature) {
  if (!is_digest(digest)) return Progress::rejected;
  if (total == 0) return reject(digest, "the controller has no image " + digest);
  if (total > limits_.image_max) return reject(digest, "the image " + digest + " is larger than this node allows");
  const auto have = received(digest);
  if (offset != have) return Progress::more;
  if (piece.size() > total - have) return reject(digest, "the image " + digest + " is longer than was announced");
  if (have == 0) make_room(digest, total);
  const auto path = part_of(digest);
  UniqueFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file.is_open()) throw system_failure("cannot create " + path, errno);
  for (auto left = piece; !left.empty();) {
    const auto written = ::write(file.get(), left.data(), left.size());
    if (written <= 0) {
      const int error = errno;
      file.reset();
      reject(digest, "no space");
      throw system_failure("cannot write " + path, error);
    }
    left = left.subspan(static_cast<std::size_t>(written));
  }
  os_linux::fault_point("after a piece of an image was written");
  if (have + piece.size() < total) return Progress::more;
  if (::fsync(file.get()) != 0) throw system_failure("cannot sync " + path, errno);
  return admit(digest, signature);
}

ImageCache::Progress ImageCache::admit(const std::string& digest, const std::string& signature) {
  const auto path = part_of(digest);
  if (sha256_hex_of_file(path) != digest) return reject(digest, "what came as image " + digest + " is another file");
  if (const auto why = verify_(path, signature)) return reject(digest, "the image " + digest + ": " + *why);
  if (::chmod(path.c_str(), 0500) != 0) throw system_failure("cannot change the mode of " + path, errno);
  os_linux::fault_point("before an image is let in");
  rename_durably(path, path_of(digest));
  os_linux::fault_point("after an image was let in");
  return Progress::complete;
}

void ImageCache::make_room(const std::string& digest, std::uint64_t bytes) {
  struct Entry {
    std::filesystem::file_time_type used;
    std::string path;
    std::uint64_t bytes;
  };
  std::vector<Entry> entries;
  std::uint64_t sum = 0;
  for (const auto& name : names_in(directory_)) {
    if (name == digest + std::string{part_suffix}) continue;
    const auto path = directory_ + "/" + name;
    entries.push_back({std::filesystem::last_write_time(path), path, std::filesystem::file_size(path)});
    sum += entries.back().bytes;
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.used < b.used; });
  for (const auto& entry : entries) {
    if (sum + bytes <= limits_.bytes_max) break;
    remove_durably(entry.path);
    sum -= entry.bytes;
  }
}

}  // namespace utnt::fleet
