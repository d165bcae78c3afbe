// SPDX-License-Identifier: BSD-2-Clause
// Images of the controller: add, list, gc.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "apps/utnt/fleet_commands.hpp"
#include "apps/utnt/fleet_home.hpp"
#include "apps/utnt/fleet_text.hpp"
#include "fleet/store/failure.hpp"
#include "os_linux/clock.hpp"

namespace utnt::apps {

ExitCode fleet_image_add(const FleetImageOptions& options) {
  const FleetHome home{options.directory};
  auto store = home.open_store(fleet::Access::tool);
  const auto name = options.name.empty() ? std::filesystem::path{options.file}.filename().string() : options.name;
  const auto digest = add_image(store, home.key(), options.file, name);
  store.append_audit({.who = "operator", .action = "image add", .detail = name + " " + digest});
  fmt::print("{}  {}\n", digest, name);
  return ExitCode::done;
}

ExitCode fleet_image_list(const FleetImageOptions& options) {
  const auto store = FleetHome{options.directory}.open_store(fleet::Access::reader);
  for (const auto& image : store.images()) {
    if (options.json) {
      print_json({{"type", "image"},
                  {"digest", image.digest},
                  {"name", image.name},
                  {"bytes", image.bytes},
                  {"added", os_linux::utc_text(image.added_ns)},
                  {"used", image.used_ns == 0 ? "" : os_linux::utc_text(image.used_ns)}});
    } else {
      fmt::print("{}  {:>9}  {}  {}\n", image.digest, image.bytes, os_linux::utc_text(image.added_ns),
                 printable(image.name));
    }
  }
  return ExitCode::done;
}

ExitCode fleet_image_gc(const FleetImageOptions& options) {
  const FleetHome home{options.directory};
  auto store = home.open_store(fleet::Access::tool);
  auto images = store.images();
  std::sort(images.begin(), images.end(), [](const auto& a, const auto& b) { return a.added_ns > b.added_ns; });
  std::map<std::string, std::uint32_t> kept;
  std::uint64_t removed = 0, bytes = 0;
  for (const auto& image : images) {
    if (kept[image.name]++ < options.keep) continue;
    try {
      if (!store.remove_image(image.digest)) continue;
    } catch (const fleet::StoreFailure& failure) {
      if (failure.problem() != fleet::StoreProblem::conflict) throw;
      continue;  // a job still needs it
    }
    std::filesystem::remove(store.image_directory() + "/" + image.digest);
    ++removed;
    bytes += image.bytes;
  }
  fmt::print("{} images removed, {} bytes\n", removed, bytes);
  return ExitCode::done;
}

}  // namespace utnt::apps
