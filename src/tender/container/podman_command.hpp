// SPDX-License-Identifier: BSD-2-Clause
// The commands by which podman does what the container tender wants, with a storage of our own: nothing of the user's
// is touched, and whatever lies there is ours to remove. Source: podman-run(1), podman-import(1).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tender/status_meaning.hpp"
#include "tender/tender.hpp"

namespace utnt::tender {

struct Podman {
  std::string program;    ///< path of podman
  std::string runtime;    ///< path of runc
  std::string directory;  ///< of the storage
  /// Of sockets and the like, gone with the machine's uptime. podman takes at most 50 bytes, so that it is made of a
  /// hash of `directory`.
  [[nodiscard]] std::string run_directory() const;
  /// Ours instead of the machine's.
  [[nodiscard]] std::string configuration_file() const;
};

/// In their order at descriptors 3 and 4 of the program in the container.
inline constexpr int container_record_descriptor = 3, container_module_descriptor = 4;

/// By default podman sets a value of the network namespace, which runc refuses where that is the namespace it is in.
inline constexpr const char* podman_configuration = "[containers]\ndefault_sysctls = []\n";

/// What the image is called in the storage, by its file name; empty: that name will not do.
std::string container_image_name(const std::string& path);

std::vector<std::string> podman_sweep(const Podman& podman);
std::vector<std::string> podman_has_image(const Podman& podman, const std::string& image);
std::vector<std::string> podman_import(const Podman& podman, const std::string& path, const std::string& image);
std::vector<std::string> podman_remove(const Podman& podman, const std::string& name);

struct ContainerPlan {
  std::string name{};
  std::string image{};
  std::string network{};  ///< path of a network namespace
  std::string interface {};
  std::string command_line{};
  std::uint64_t memory_bytes{0};
  double processors{0};     ///< share of processor time; 0: no limit
  std::int64_t seconds{0};  ///< after which podman ends it, should nobody else; 0: never
};
std::vector<std::string> podman_run(const Podman& podman, const ContainerPlan& plan);

/// The program's exit code, from the exit status of `podman run`.
StatusMeaning meaning_of_podman_status(int status);

}  // namespace utnt::tender
