// SPDX-License-Identifier: BSD-2-Clause
// The container as a tender: podman with runc, the image a tarball of a root file system that holds /utnt-prober. It
// gets one interface, by the network namespace that the launcher is in (NicKind::packet_ring names it), which must be
// sealed wherever a raw socket's must. Its clock is ours. Limits, what podman does when, what is cleaned up:
// docs/reference/fleet.md.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tender/tender.hpp"

namespace utnt::tender {

/// With less, runc itself does not get as far as the program.
inline constexpr std::uint64_t container_memory_min = std::uint64_t{32} << 20;

/// What is missing for containers on this machine, as a sentence; nothing when they can be made.
std::optional<std::string> lacks_for_containers();

/// `directory` is for podman's storage, ours alone, and made when it is wanted first. An image is imported once and is
/// known by its file name from then on: give files names that tell their content. What a killed launcher left there is
/// removed at the first start.
std::unique_ptr<Tender> make_container_tender(std::string directory);

/// Takes away such a storage and what podman keeps elsewhere for it; none of its containers may run.
void remove_container_storage(const std::string& directory);

}  // namespace utnt::tender
