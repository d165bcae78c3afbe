// SPDX-License-Identifier: BSD-2-Clause
// Shared by the tests of this folder: hop lists typed in as the specification prints them, the grammar of its text dump
// for comparing results, and a player that feeds scripted traces to a revelation.
// Addresses: reference i is 20.0.i.2, the right end of link i; reference 100 + i is 20.0.i.1.
// Source: the TNT specification, sections 9.1 and 9.3.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/reveal/hop_record.hpp"
#include "core/reveal/revelation.hpp"

namespace utnt::core::test {

using Path = std::vector<HopRecord>;

HopRecord silent();
/// A time exceeded: reply TTL, echo reply TTL (0 = none), quoted TTL.
HopRecord te(std::uint32_t address, int te_ttl, int er_ttl, int quoted_ttl = 1);
/// The same with one label stack entry.
HopRecord labelled(std::uint32_t address, int te_ttl, int er_ttl, int quoted_ttl, int mttl,
                   std::uint32_t label = 24000);
HopRecord echo(std::uint32_t address, int ttl, int er_ttl);
HopRecord port_unreachable(std::uint32_t address, int ttl, int er_ttl);
HopRecord as_reserved(HopRecord hop);
HopRecord as_destination(HopRecord hop);

/// Numbers the hops with consecutive probe TTLs.
Path path_from(int first_ttl, Path hops);

/// "[MPLS,...]" of a hop by the grammar of the dump; empty without a role.
std::string mpls_text(const HopRecord& hop);
/// All of a hop's dump line but the index, the address padding, the RTT and the labels: "20.0.3.2 <253,62> qttl=1
/// [MPLS,...]".
std::string line_text(const HopRecord& hop);
/// The lines of a list, with "H1" and TTL indices: "  H1 20.0.3.2 ...".
std::vector<std::string> dump(const Path& hops);
/// "NTH-RV,BUD" and the like of a failure report with its triggers: "FRPLA,NTH-RV"; empty without one.
std::string attempt_text(const HopRecord& hop);

struct ScriptedTrace {
  Step::Action kind{Step::Action::trace};
  std::uint32_t target{0};  ///< expected target, or the address whose buddy is wanted
  Path path;
  std::uint32_t buddy{0};
};

struct Revealed {
  Revelation revelation;
  Path lsp;
  std::size_t traces_used{0};
};

/// Plays the script from trace `from`; a request that the script does not foresee is a test failure.
Revealed play(const RevelationTest& test, const std::vector<ScriptedTrace>& script,
              const RevelationRules& rules = tnt_revelation_rules, std::size_t from = 0);

/// All of the original for one trace: label pass; tests by `script` until one reveals LSRs, with insertion or failure
/// reports; UTURN pass. A script that is not played to its end is a test failure.
Path run_tnt(Path hops, const std::vector<ScriptedTrace>& script, const RevealOptions& options = {});

/// A hop with arbitrary fields, plausible and implausible ones; all from `next_random`.
template <class NextBelow>
HopRecord any_hop(NextBelow below) {
  HopRecord hop;
  if (below(5) == 0) return hop;
  hop.address = AddressRef{static_cast<std::uint32_t>(1 + below(9))};
  hop.kind = below(6) == 0 ? static_cast<ReplyKind>(2 + below(5)) : ReplyKind::time_exceeded;
  hop.te_ttl = static_cast<std::uint8_t>(below(256));
  hop.er_ttl = static_cast<std::uint8_t>(below(3) == 0 ? 0 : below(2) == 0 ? below(65) : below(256));
  hop.unreachable_ttl = static_cast<std::uint8_t>(below(3) == 0 ? below(256) : 0);
  hop.quoted_ttl = static_cast<std::uint8_t>(below(4) == 0 ? below(256) : below(5));
  hop.labels = static_cast<std::uint8_t>(below(3) == 0 ? below(4) : 0);
  hop.top_lse = static_cast<std::uint32_t>(below(0xffffffffU));
  if (below(2) == 0) hop.top_lse = (hop.top_lse & 0xffffff00U) | 1U;
  hop.reserved = below(12) == 0;
  hop.is_destination = below(12) == 0;
  return hop;
}
template <class NextBelow>
Path any_path(NextBelow below) {
  Path hops(below(14));
  for (auto& hop : hops) hop = any_hop(below);
  return path_from(static_cast<int>(1 + below(240)), hops);
}

}  // namespace utnt::core::test
