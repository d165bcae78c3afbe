// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/fleet_home.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "apps/utnt/command.hpp"
#include "apps/utnt/image_file.hpp"
#include "fleet/trust/digest.hpp"
#include "fleet/trust/key_file.hpp"
#include "fleet/trust/minisign.hpp"
#include "os_linux/clock.hpp"
#include "os_linux/fault_point.hpp"

namespace utnt::apps {

namespace {

std::string default_directory() {
  if (const char* const state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/')
    return std::string{state} + "/utnt-fleet";
  if (const char* const home = std::getenv("HOME"); home != nullptr && *home == '/')
    return std::string{home} + "/.local/state/utnt-fleet";
  throw Failure{ExitCode::environment, "no HOME: name the controller's directory with --dir"};
}

}  // namespace

FleetHome::FleetHome(const std::string& directory)
    : directory_{directory.empty() ? default_directory() : std::filesystem::absolute(directory).string()} {
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  if (error) throw Failure{ExitCode::environment, fmt::format("cannot make {}: {}", directory_, error.message())};
  std::filesystem::permissions(directory_, std::filesystem::perms::owner_all, error);
  if (error) throw Failure{ExitCode::not_permitted, fmt::format("{} is not ours: {}", directory_, error.message())};
}

fleet::Store FleetHome::open_store(fleet::Access access) const {
  return fleet::Store::open(directory_ + "/fleet.db", {.access = access, .fault = os_linux::fault_point});
}

fleet::SecretKey FleetHome::key() const {
  const auto path = directory_ + "/controller.key";
  if (!std::filesystem::exists(path)) fleet::save_secret_key(path, fleet::SecretKey::make());
  return fleet::load_secret_key(path);
}

std::string add_image(fleet::Store& store, const fleet::SecretKey& key, const std::string& path,
                      const std::string& name) {
  if (!std::filesystem::is_regular_file(path)) throw Failure{ExitCode::bad_input, "there is no image " + path};
  const auto digest = fleet::sha256_hex_of_file(path);
  const auto place = store.image_directory() + "/" + digest;
  std::filesystem::create_directories(store.image_directory());
  // Under another name first: an image that is there is whole, and what its name says.
  if (!std::filesystem::exists(place) || fleet::sha256_hex_of_file(place) != digest) {
    std::filesystem::copy_file(path, place + ".part", std::filesystem::copy_options::overwrite_existing);
    if (fleet::sha256_hex_of_file(place + ".part") != digest)
      throw Failure{ExitCode::environment, path + " was replaced while it was read; try again"};
    os_linux::fault_point("before an image is kept");
    std::filesystem::rename(place + ".part", place);
    os_linux::fault_point("after an image was kept");
  }
  const auto signature = fleet::sign_file(key, place, fmt::format("{} {}", name, digest));
  store.put_image({.digest = digest,
                   .name = name,
                   .bytes = std::filesystem::file_size(place),
                   .signature = fleet::minisig_text(signature),
                   .added_ns = os_linux::wall_clock_ns()});
  return digest;
}

std::string image_for(fleet::Store& store, const fleet::SecretKey& key, const std::string& wanted,
                      const std::string& tender) {
  if (!wanted.empty()) {
    if (const auto image = store.find_image(wanted)) return image->digest;
    throw Failure{ExitCode::bad_input,
                  fmt::format("no image {} is known; `utnt fleet image add FILE` makes one known", wanted)};
  }
  const auto path = installed_image(tender);
  if (path.empty()) {
    throw Failure{ExitCode::environment, "the prober's image is not installed beside this program; --image names one"};
  }
  const auto name = std::filesystem::path{path}.filename().string();
  const auto digest = fleet::sha256_hex_of_file(path);
  const auto known = store.find_image(digest);
  return known && known->digest == digest ? digest : add_image(store, key, path, name);
}

}  // namespace utnt::apps
