// SPDX-License-Identifier: BSD-2-Clause
// Reading the extension objects of a stored reply. Sources: RFC 4950 section 3, RFC 5837 section 4.
#pragma once

#include <optional>

#include "results/trace_model.hpp"
#include "wire/icmp_extension.hpp"

namespace utnt::results {

inline wire::ExtensionObject view_of(const ExtensionObject& object) {
  return {object.object_class, object.c_type, object.payload};
}

/// An MPLS object whose payload is whole label stack entries.
inline bool is_label_stack(const ExtensionObject& object) {
  return object.object_class == wire::extension_class_mpls && !object.payload.empty() && object.payload.size() % 4 == 0;
}

/// Top first; empty unless is_label_stack().
std::vector<wire::LabelStackEntry> label_stack(const ExtensionObject& object);

/// The first label stack object of the reply, or none.
const ExtensionObject* first_label_stack(const Reply& reply);

struct LabelSummary {
  std::uint8_t depth{0};
  std::uint32_t top_word{0};
  friend bool operator==(const LabelSummary&, const LabelSummary&) = default;
};
/// Depth and top entry of the first label stack in the hop's first reply; zeros without one.
LabelSummary label_summary(const Hop& hop);

/// Empty when the object is of another class or cannot be read.
std::optional<wire::InterfaceInfo> interface_info(const ExtensionObject& object);

}  // namespace utnt::results
