// SPDX-License-Identifier: BSD-2-Clause
// Where a controller keeps what is its own: one directory with the store, its key, the images and the inventory.
#pragma once

#include <string>
#include <vector>

#include "fleet/controller/session.hpp"
#include "fleet/store/store.hpp"
#include "fleet/trust/key.hpp"

namespace utnt::apps {

class FleetHome {
 public:
  /// `directory` empty: $XDG_STATE_HOME/utnt-fleet, else ~/.local/state/utnt-fleet. Made if it is not there.
  explicit FleetHome(const std::string& directory);

  [[nodiscard]] fleet::Store open_store(fleet::Access access) const;
  /// Made at the first call, mode 0600.
  [[nodiscard]] fleet::SecretKey key() const;
  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] std::string control_socket() const { return directory_ + "/control.sock"; }
  [[nodiscard]] std::string inventory_path() const { return directory_ + "/inventory.toml"; }

 private:
  std::string directory_;
};

/// Copies a file into the store's images under its digest, and signs it. The digest.
std::string add_image(fleet::Store& store, const fleet::SecretKey& key, const std::string& path,
                      const std::string& name);

/// The image that fits the tender, by the name of its file; the installed one is added when the store has none of that
/// name, or another build of it. The digest. Throws Failure.
std::string image_for(fleet::Store& store, const fleet::SecretKey& key, const std::string& wanted,
                      const std::string& tender);

}  // namespace utnt::apps
