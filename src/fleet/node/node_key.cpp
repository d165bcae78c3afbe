// SPDX-License-Identifier: BSD-2-Clause
// Files in the spool: node.key; node.key.next, which nobody uses yet; node.key.rotation, the old key's last word. Each
// appears whole, in the order next, rotation, key: a rotation that was cut off goes on where it was.
#include "fleet/node/node_key.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "fleet/node/durable_file.hpp"
#include "fleet/trust/key_file.hpp"
#include "fleet/trust/key_record.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::fleet {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;

constexpr std::size_t statement_max = 4096;
constexpr std::int64_t grace_s = 60;  ///< results that are on their way

std::string identity_of_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return fmt::format("{} {} {}.{}", status.st_dev, status.st_ino, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

/// Two rotations at once would each make a key of their own.
os_linux::UniqueFd lock_rotation(const std::string& spool) {
  const auto path = spool + "/rotate.lock";
  os_linux::UniqueFd lock{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!lock.is_open()) throw os_linux::system_failure("cannot open " + path, errno);
  while (::flock(lock.get(), LOCK_EX) != 0)
    if (errno != EINTR) throw os_linux::system_failure("cannot lock " + path, errno);
  return lock;
}

/// The statement of the rotation from `old_key` to the key that is in use; nothing: the last one was another.
std::optional<std::string> last_rotation(const std::string& path, const RotateRequest& request, const PublicKey& now) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  auto text = read_whole(path, statement_max);
  KeyRing ring;
  ring.add({.key = request.key, .owner = request.node});
  try {
    if (accept_rotation(ring, text, 0, path).key == now) return text;
  } catch (const std::exception&) {
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

SecretKey load_or_make_key(const std::string& path) {
  if (!std::filesystem::exists(path)) save_secret_key(path, SecretKey::make());
  return load_secret_key(path);
}

NodeKey::NodeKey(std::string path) : path_{std::move(path)}, key_{load_or_make_key(path_)} {
  seen_ = identity_of_file(path_);
}

const SecretKey& NodeKey::current() {
  if (auto there = identity_of_file(path_); !there.empty() && there != seen_) {
    key_ = load_secret_key(path_);
    seen_ = std::move(there);
  }
  return key_;
}

std::string rotate_node_key(const std::string& spool, const RotateRequest& request, std::int64_t now_s) {
  const auto path = spool + "/node.key", next_path = path + ".next", statement_path = path + ".rotation";
  if (!std::filesystem::exists(path))
    throw Failure{ExitCode::bad_input, "this node has no key yet; `utnt fleet nodes check --enrol` makes one"};
  const auto lock = lock_rotation(spool);
  const auto old_key = load_secret_key(path);
  if (!(old_key.public_key() == request.key)) {
    if (auto said = last_rotation(statement_path, request, old_key.public_key())) return *said;
    throw Failure{ExitCode::bad_input,
                  "this node's key is not the one that the controller believes; if this is the right node, `utnt fleet "
                  "nodes check --enrol` takes the key that it has"};
  }
  const auto next = load_or_make_key(next_path);
  const KeyRecord record{.key = next.public_key(), .owner = request.node, .from = now_s};
  auto statement = rotation_text(old_key, record, now_s + grace_s);
  write_durably(statement_path, statement);
  rename_durably(next_path, path);
  return statement;
}

}  // namespace utnt::fleet
