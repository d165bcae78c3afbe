// SPDX-License-Identifier: BSD-2-Clause
// The node's own Ed25519 key in its spool, and how it gets another one: the new key is believed because the old one has
// signed it. That statement is on disk before the key changes, so that a controller that did not hear it can ask again.
#pragma once

#include <cstdint>
#include <string>

#include "fleet/model/rotate_request.hpp"
#include "fleet/trust/key.hpp"

namespace utnt::fleet {

/// The key in the file, made at the first call.
SecretKey load_or_make_key(const std::string& path);

/// The key for a program that runs on: read again when its file is another one, as after a rotation.
class NodeKey {
 public:
  /// Made when there is none.
  explicit NodeKey(std::string path);
  const SecretKey& current();

 private:
  std::string path_;
  std::string seen_;  ///< what tells one file from the next
  SecretKey key_;
};

/// Gives the node another key and returns the old one's word for it (rotation_text()). Asked again about the same old
/// key, it says the same again. `now_s`: seconds since 1970. Throws os_linux::Failure: there is no key, or it is not
/// the one that the controller believes.
std::string rotate_node_key(const std::string& spool, const RotateRequest& request, std::int64_t now_s);

}  // namespace utnt::fleet
