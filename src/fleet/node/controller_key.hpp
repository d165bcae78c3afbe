// SPDX-License-Identifier: BSD-2-Clause
// Which controller this node believes: the first one that reached it through its user's account. Its key is pinned in
// the spool; what another key has signed is no image and no block list for this node.
#pragma once

#include <optional>
#include <string>

#include "fleet/node/image_cache.hpp"
#include "fleet/trust/key.hpp"

namespace utnt::fleet {

class ControllerKey {
 public:
  /// `path`: where it is pinned, or will be.
  explicit ControllerKey(std::string path);

  /// Pins the first key that comes. False: another one is pinned already.
  bool pin(const std::string& text);
  [[nodiscard]] const std::optional<PublicKey>& key() const { return key_; }
  /// Why the file at `path` is not signed by it (minisign format); nothing: it is.
  [[nodiscard]] std::optional<std::string> refuses(const std::string& path, const std::string& signature) const;
  [[nodiscard]] std::optional<std::string> refuses_text(const std::string& text, const std::string& signature) const;

 private:
  std::string path_;
  std::optional<PublicKey> key_;
};

}  // namespace utnt::fleet
