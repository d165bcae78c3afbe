// SPDX-License-Identifier: BSD-2-Clause
// The words that JSON and text use for enumerators and bits; one table per type serves writers and readers.
// Names of hop marks, discoveries and attempts are those of the original TNT.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "report/types.hpp"
#include "results/trace_model.hpp"

namespace utnt::results {

template <class Enum>
struct Named {
  Enum value;
  std::string_view name;
};

std::span<const Named<report::RuleSet>> names(report::RuleSet);
std::span<const Named<report::Method>> names(report::Method);
std::span<const Named<report::PathKind>> names(report::PathKind);
std::span<const Named<report::StopReason>> names(report::StopReason);
std::span<const Named<report::ReplyKind>> names(report::ReplyKind);
std::span<const Named<report::TunnelClass>> names(report::TunnelClass);
std::span<const Named<report::Trigger>> names(report::Trigger);
std::span<const Named<report::Completeness>> names(report::Completeness);
std::span<const Named<report::Confidence>> names(report::Confidence);
std::span<const Named<report::ProbeUse>> names(report::ProbeUse);
std::span<const Named<Technique>> names(Technique);
std::span<const Named<report::Mark>> names(report::Mark);
std::span<const Named<report::Discovery>> names(report::Discovery);
std::span<const Named<report::Attempt>> names(report::Attempt);
std::span<const Named<report::Evidence>> names(report::Evidence);
std::span<const Named<report::ReplyFlag>> names(report::ReplyFlag);

/// The word for `value`; "?" for a number outside the table.
template <class Enum>
std::string_view name_of(Enum value) {
  for (const auto& entry : names(value)) {
    if (entry.value == value) return entry.name;
  }
  return "?";
}

template <class Enum>
std::optional<Enum> value_of(std::string_view name) {
  for (const auto& entry : names(Enum{})) {
    if (entry.name == name) return entry.value;
  }
  return std::nullopt;
}

}  // namespace utnt::results
