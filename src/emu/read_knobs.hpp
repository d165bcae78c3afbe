// SPDX-License-Identifier: BSD-2-Clause
// The keys of a scenario that set knobs and quirks of routers, and noise of links.
#pragma once

#include "emu/config_tree.hpp"
#include "emu/model.hpp"

namespace utnt::emu {

/// "C", "J", "U", "JunosE", "HPE".
bool read_profile(Section& section, Profile& out);
/// Overrides the knobs that the section names.
void read_knobs(Section& section, RouterKnobs& knobs);
/// Overrides quirks, host routes and labels that the section names.
void read_quirks(Section& section, ModelNode& node);
void read_link(Section& section, ModelLink& link);
/// "uniform", "pipe" or "pipe(N)" under `key`.
bool read_push_ttl(Section& section, std::string_view key, PushTtl& mode, std::uint8_t& pipe_ttl);

}  // namespace utnt::emu
