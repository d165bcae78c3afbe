// SPDX-License-Identifier: BSD-2-Clause
// Which true tunnels can be seen at all: the rules of docs/reference/detectability.md, applied to the answers that
// follow from the configuration alone (no loss, no rate limits, no state).
#pragma once

#include <string_view>

#include "emu/topology.hpp"
#include "emu/truth.hpp"
#include "wire/packet.hpp"

namespace utnt::emu {

/// Rows of the table; the text form stands in TrueTunnel::undetectable_rule.
namespace undetectable {
inline constexpr std::string_view labels_unseen = "labels-unseen";
inline constexpr std::string_view class_unseen = "class-unseen";
inline constexpr std::string_view no_qttl_no_uturn = "no-qttl-no-uturn";
inline constexpr std::string_view no_trigger = "no-trigger";
inline constexpr std::string_view no_revelation = "no-revelation";
inline constexpr std::string_view silent_end = "silent-end";
inline constexpr std::string_view reserved_end = "reserved-end";
}  // namespace undetectable

/// Fills `detectable` and `undetectable_rule` of every tunnel. `calm` must have neither noise nor memory; `probe` is a
/// packet of the flow that the truth is about.
void judge_tunnels(Topology& calm, NodeId vantage_point, wire::Packet probe, Truth& truth);

}  // namespace utnt::emu
