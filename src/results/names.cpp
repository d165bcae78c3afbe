// SPDX-License-Identifier: BSD-2-Clause
// The tables. A word in a table is part of the schema (docs/reference/schema.md): never change one, only add.
#include "results/names.hpp"

namespace utnt::results {

using namespace report;  // NOLINT: this file is nothing but the names of report's enumerators

std::span<const Named<RuleSet>> names(RuleSet) {
  static constexpr Named<RuleSet> table[] = {{RuleSet::tnt, "tnt"}, {RuleSet::utnt, "utnt"}};
  return table;
}

std::span<const Named<Method>> names(Method) {
  static constexpr Named<Method> table[] = {{Method::icmp_paris, "icmp-paris"}, {Method::udp_paris, "udp-paris"}};
  return table;
}

std::span<const Named<PathKind>> names(PathKind) {
  static constexpr Named<PathKind> table[] = {{PathKind::initial, "initial"},
                                              {PathKind::revelation, "revelation"},
                                              {PathKind::buddy, "buddy"},
                                              {PathKind::confirmation, "confirmation"},
                                              {PathKind::signature, "signature"}};
  return table;
}

std::span<const Named<StopReason>> names(StopReason) {
  static constexpr Named<StopReason> table[] = {
      {StopReason::none, "none"},    {StopReason::completed, "completed"}, {StopReason::unreachable, "unreachable"},
      {StopReason::icmp, "icmp"},    {StopReason::loop, "loop"},           {StopReason::gap_limit, "gap_limit"},
      {StopReason::error, "error"},  {StopReason::hop_limit, "hop_limit"}, {StopReason::global_stop, "global_stop"},
      {StopReason::halted, "halted"}};
  return table;
}

std::span<const Named<ReplyKind>> names(ReplyKind) {
  static constexpr Named<ReplyKind> table[] = {{ReplyKind::none, "none"},
                                               {ReplyKind::time_exceeded, "time_exceeded"},
                                               {ReplyKind::echo_reply, "echo_reply"},
                                               {ReplyKind::port_unreachable, "port_unreachable"},
                                               {ReplyKind::unreachable, "unreachable"},
                                               {ReplyKind::packet_too_big, "packet_too_big"},
                                               {ReplyKind::tcp_reset, "tcp_reset"}};
  return table;
}

std::span<const Named<TunnelClass>> names(TunnelClass) {
  static constexpr Named<TunnelClass> table[] = {{TunnelClass::none, "none"},
                                                 {TunnelClass::explicit_, "explicit"},
                                                 {TunnelClass::implicit, "implicit"},
                                                 {TunnelClass::opaque, "opaque"},
                                                 {TunnelClass::invisible_php, "invisible_php"},
                                                 {TunnelClass::invisible_uhp, "invisible_uhp"},
                                                 {TunnelClass::inferred, "inferred"}};
  return table;
}

std::span<const Named<Trigger>> names(Trigger) {
  static constexpr Named<Trigger> table[] = {{Trigger::none, "none"}, {Trigger::frpla, "FRPLA"},
                                             {Trigger::rtla, "RTLA"}, {Trigger::dupip, "DUPIP"},
                                             {Trigger::mttl, "MTTL"}, {Trigger::uhp_suspect, "UHP"}};
  return table;
}

std::span<const Named<Completeness>> names(Completeness) {
  static constexpr Named<Completeness> table[] = {{Completeness::complete, "complete"},
                                                  {Completeness::incomplete, "incomplete"},
                                                  {Completeness::suspected, "suspected"}};
  return table;
}

std::span<const Named<Confidence>> names(Confidence) {
  static constexpr Named<Confidence> table[] = {
      {Confidence::low, "low"}, {Confidence::medium, "medium"}, {Confidence::high, "high"}};
  return table;
}

std::span<const Named<ProbeUse>> names(ProbeUse) {
  static constexpr Named<ProbeUse> table[] = {{ProbeUse::initial, "initial"},
                                              {ProbeUse::ping, "ping"},
                                              {ProbeUse::revealed, "revealed"},
                                              {ProbeUse::nothing_revealed, "nothing_revealed"},
                                              {ProbeUse::target_not_reached, "target_not_reached"},
                                              {ProbeUse::ingress_not_found, "ingress_not_found"},
                                              {ProbeUse::buddy, "buddy"},
                                              {ProbeUse::brute_force, "brute_force"},
                                              {ProbeUse::confirmation, "confirmation"}};
  static_assert(std::size(table) == probe_uses);
  return table;
}

std::span<const Named<Technique>> names(Technique) {
  static constexpr Named<Technique> table[] = {{Technique::none, "none"},
                                               {Technique::dpr, "DPR"},
                                               {Technique::brpr, "BRPR"},
                                               {Technique::buddy, "BUDDY"},
                                               {Technique::unknown, "UNKN"}};
  return table;
}

std::span<const Named<Mark>> names(Mark) {
  static constexpr Named<Mark> table[] = {
      {Mark::explicit_, "EXP"},        {Mark::opaque, "OPA"}, {Mark::invisible, "INV"}, {Mark::implicit_qttl, "QTTL"},
      {Mark::implicit_uturn, "UTURN"}, {Mark::egress, "EGR"}, {Mark::ingress, "ING"},   {Mark::lsr, "LSR"}};
  return table;
}

std::span<const Named<Discovery>> names(Discovery) {
  static constexpr Named<Discovery> table[] = {{Discovery::dupip, "DUPIP"},
                                               {Discovery::rtla, "RTLA"},
                                               {Discovery::frpla, "FRPLA"},
                                               {Discovery::mttl, "MTTL"},
                                               {Discovery::dpr, "DPR"},
                                               {Discovery::brpr, "BRPR"},
                                               {Discovery::buddy, "BUDDY"},
                                               {Discovery::incomplete, "INCOMP"},
                                               {Discovery::revealed, "REV"},
                                               {Discovery::silent_ingress, "PREV"},
                                               {Discovery::nothing_revealed, "NTH-RV"},
                                               {Discovery::ingress_not_found, "ING-NF"},
                                               {Discovery::target_not_reached, "TGT-NR"},
                                               {Discovery::stopped_at_buddy, "BUD"}};
  return table;
}

std::span<const Named<Attempt>> names(Attempt) {
  static constexpr Named<Attempt> table[] = {{Attempt::dupip, "DUPIP"},
                                             {Attempt::rtla, "RTLA"},
                                             {Attempt::frpla, "FRPLA"},
                                             {Attempt::mttl, "MTTL"},
                                             {Attempt::nothing_revealed, "NTH-RV"},
                                             {Attempt::ingress_not_found, "ING-NF"},
                                             {Attempt::target_not_reached, "TGT-NR"},
                                             {Attempt::buddy, "BUD"}};
  return table;
}

std::span<const Named<Evidence>> names(Evidence) {
  static constexpr Named<Evidence> table[] = {{Evidence::label_stack, "label_stack"},
                                              {Evidence::quoted_ttl, "quoted_ttl"},
                                              {Evidence::uturn, "uturn"},
                                              {Evidence::mpls_ttl, "mpls_ttl"},
                                              {Evidence::rtla, "rtla"},
                                              {Evidence::frpla, "frpla"},
                                              {Evidence::duplicate_address, "duplicate_address"},
                                              {Evidence::frpla_shape, "frpla_shape"},
                                              {Evidence::revealed, "revealed"},
                                              {Evidence::path_confirmed, "path_confirmed"},
                                              {Evidence::buddy, "buddy"},
                                              {Evidence::samples_agree, "samples_agree"},
                                              {Evidence::label_continuity, "label_continuity"}};
  return table;
}

std::span<const Named<ReplyFlag>> names(ReplyFlag) {
  static constexpr Named<ReplyFlag> table[] = {{ReplyFlag::late, "late"},
                                               {ReplyFlag::duplicate, "duplicate"},
                                               {ReplyFlag::nat, "nat"},
                                               {ReplyFlag::icmp_checksum_bad, "icmp_checksum_bad"},
                                               {ReplyFlag::extension_checksum_bad, "extension_checksum_bad"},
                                               {ReplyFlag::extension_at_fixed_offset, "extension_at_fixed_offset"},
                                               {ReplyFlag::extension_malformed, "extension_malformed"},
                                               {ReplyFlag::extension_cut, "extension_cut"},
                                               {ReplyFlag::extension_version_swapped, "extension_version_swapped"}};
  return table;
}

}  // namespace utnt::results
