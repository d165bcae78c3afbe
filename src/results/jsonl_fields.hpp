// SPDX-License-Identifier: BSD-2-Clause
// The objects inside result lines: replies, paths, hops and tunnels, as docs/reference/schema.md names their fields.
// Fields whose value is the stated default are left out, so that lines stay short.
#pragma once

#include "results/json_text.hpp"
#include "results/names.hpp"
#include "results/trace_model.hpp"

namespace utnt::results {

/// An array of the words of the bits set in `flags`.
template <class Flag>
void flag_words(JsonText& json, Flags<Flag> flags) {
  json.open_array();
  for (const auto& entry : names(Flag{})) {
    if (flags.has(entry.value)) json.word(entry.name);
  }
  json.close_array();
}

/// `name`: VALUE, or nothing at all for 0.
template <class T>
void field_if(JsonText& json, std::string_view name, T value) {
  if (value != 0) json.field(name, value);
}

/// Raw fields of a reply but its TTL, sender and kind, which hops and paths name differently.
void reply_details(JsonText& json, const Reply& reply);
void write_reply(JsonText& json, const Reply& reply);
/// The members of a path, without braces; `with_replies` adds its replies.
void path_members(JsonText& json, const Path& path, bool with_replies);
void write_hop(JsonText& json, const Hop& hop, report::RuleSet rules);
/// The members of a tunnel, without braces.
void tunnel_members(JsonText& json, const Tunnel& tunnel, report::RuleSet rules);

}  // namespace utnt::results
