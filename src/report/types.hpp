// SPDX-License-Identifier: BSD-2-Clause
// The names of the engine's public types that records and results speak in, so that folders which may include report
// but not core can use them. Only types: no code of the engine comes with them.
#pragma once

#include "core/events.hpp"
#include "core/marks.hpp"
#include "core/types.hpp"

namespace utnt::report {

using core::Attempt;
using core::Attempts;
using core::Completeness;
using core::Confidence;
using core::Counters;
using core::Discoveries;
using core::Discovery;
using core::Event;
using core::Evidence;
using core::Evidences;
using core::Mark;
using core::Marks;
using core::Method;
using core::PathId;
using core::PathKind;
using core::ProbeUse;
using core::ReplyFlag;
using core::ReplyFlags;
using core::ReplyKind;
using core::RuleSet;
using core::StopReason;
using core::TraceId;
using core::Trigger;
using core::TunnelClass;
using core::TunnelId;

inline constexpr std::size_t probe_uses = core::probe_uses;
inline constexpr auto trigger_discoveries = core::trigger_discoveries;

}  // namespace utnt::report
