// SPDX-License-Identifier: BSD-2-Clause
// Bridges the stored objects to the views of the wire folder.
#include "results/extension.hpp"

#include <algorithm>

#include "base/bytes.hpp"

namespace utnt::results {

std::vector<wire::LabelStackEntry> label_stack(const ExtensionObject& object) {
  std::vector<wire::LabelStackEntry> out;
  if (!is_label_stack(object)) return out;
  const wire::LabelStackView view{view_of(object)};
  for (std::size_t i = 0; i < view.size(); ++i) out.push_back(view[i]);
  return out;
}

const ExtensionObject* first_label_stack(const Reply& reply) {
  const auto it = std::find_if(reply.extensions.begin(), reply.extensions.end(), is_label_stack);
  return it == reply.extensions.end() ? nullptr : &*it;
}

LabelSummary label_summary(const Hop& hop) {
  const auto* object = hop.replies.empty() ? nullptr : first_label_stack(hop.replies.front());
  if (object == nullptr) return {};
  const auto depth = std::min<std::size_t>(object->payload.size() / 4, 255);
  return {static_cast<std::uint8_t>(depth), load_be32(object->payload, 0)};
}

std::optional<wire::InterfaceInfo> interface_info(const ExtensionObject& object) {
  if (object.object_class != wire::extension_class_interface) return std::nullopt;
  const auto info = wire::parse_interface_info(view_of(object));
  if (!info) return std::nullopt;
  return *info;
}

}  // namespace utnt::results
