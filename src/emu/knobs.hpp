// SPDX-License-Identifier: BSD-2-Clause
// How one router behaves: initial TTLs, label and TTL handling, ICMP generation. Each knob stands alone; a profile is a
// named set of defaults. Sources: RFC 3032, 3443, 4884, 4950; vendor defaults as in docs/reference/scenario-format.md.
#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace utnt::emu {

enum class PushTtl : std::uint8_t { uniform, pipe };
enum class PopTtl : std::uint8_t { min, write, none };
/// What the router advertises for prefixes whose LSP it ends.
enum class PopMode : std::uint8_t { implicit_null, explicit_null, ordinary_label };
enum class UhpPipeEgress : std::uint8_t { always_decrement, never_decrement, cisco_dup };
enum class LabelScope : std::uint8_t { all_prefixes, loopbacks, host_routes, none };
/// What a router does with a labelled packet when its own next hop advertised no label.
enum class LabelGap : std::uint8_t { pop, abrupt };
/// The FECs whose LSP ends at this router with the label still on and no binding for it.
enum class AbruptEnd : std::uint8_t { none, external, all };
enum class Rfc4950 : std::uint8_t { off, on, on_quote_ttl255, on_quote_ttl0 };
enum class ExtensionLength : std::uint8_t { correct, zero };
enum class ExtensionChecksum : std::uint8_t { valid, zero, wrong };
/// `automatic`: 128 bytes with an extension, else header and 8 bytes.
enum class QuoteLength : std::uint8_t { automatic, header_and_8, bytes_128, full };
enum class TeRoute : std::uint8_t { lsp_detour, ip_route, detour_if_depth2 };
enum class LastHopCheck : std::uint8_t { before_pop, after_pop };
enum class QuotedTtl : std::uint8_t { as_received, rewritten_1, zero };
enum class IcmpSource : std::uint8_t { incoming, outgoing_to_source, loopback, fixed };
enum class UnreachableSource : std::uint8_t { incoming, destination, loopback };
enum class EchoSource : std::uint8_t { probed, incoming, loopback };
enum class Answers : std::uint8_t { yes, no, only_from };
enum class IpIdMode : std::uint8_t { shared, per_interface, zero };
/// `addresses`: source, destination, protocol. `ports`: and UDP/TCP ports. `flow`: and ICMP type, code, checksum, id.
enum class EcmpHash : std::uint8_t { addresses, ports, flow, per_packet };
enum class LabelHash : std::uint8_t { stack, stack_and_ip, per_packet };
enum class NoRoute : std::uint8_t { drop, net_unreachable, host_unreachable };

struct RateLimit {
  std::uint32_t per_second{0};  ///< 0: no limit
  std::uint32_t burst{1};
  bool per_source{false};
};

struct RouterKnobs {
  std::uint8_t te_ittl{255}, er_ittl{255}, du_ittl{255};
  PushTtl push_ttl{PushTtl::uniform};
  std::uint8_t pipe_ttl{255};  ///< LSE TTL that a pipe ingress writes
  PopTtl pop_ttl{PopTtl::min};
  PopMode pop_mode{PopMode::implicit_null};
  UhpPipeEgress uhp_pipe_egress{UhpPipeEgress::cisco_dup};
  LabelScope label_scope{LabelScope::all_prefixes};
  LabelGap label_gap{LabelGap::pop};
  AbruptEnd abrupt_end{AbruptEnd::none};
  Rfc4950 rfc4950{Rfc4950::on};
  bool multi_object{false};  ///< adds an RFC 5837 object
  ExtensionLength extension_length{ExtensionLength::correct};
  ExtensionChecksum extension_checksum{ExtensionChecksum::valid};
  bool extension_version_swapped{false};
  QuoteLength quote_length{QuoteLength::automatic};
  bool quote_padded{true};  ///< zero padding up to quote_length; an extension always needs it
  TeRoute te_route{TeRoute::lsp_detour};
  LastHopCheck lh_check{LastHopCheck::before_pop};
  QuotedTtl qttl_quote{QuotedTtl::as_received};
  IcmpSource icmp_src{IcmpSource::incoming};
  UnreachableSource du_src{UnreachableSource::incoming};
  EchoSource er_src{EchoSource::probed};
  std::uint32_t fixed_source{0};  ///< for IcmpSource::fixed
  Answers answers_te{Answers::yes}, answers_er{Answers::yes}, answers_du{Answers::yes};
  bool zero_ttl_forward{false};
  bool answers_reset{false};  ///< TCP to a closed port is answered by RST
  bool copies_tos{false};     ///< errors carry the ToS of the packet, else 0xc0
  NoRoute no_route{NoRoute::drop};
  IpIdMode ip_id{IpIdMode::shared};
  EcmpHash ecmp_hash{EcmpHash::flow};
  LabelHash label_hash{LabelHash::stack_and_ip};
  RateLimit te_rate, er_rate, du_rate;
  Duration response{20'000};  ///< from expiry or delivery to the answer's departure
  Duration response_jitter{0};
  Duration slow_path_service{0};  ///< time one answer occupies the slow path: answers queue behind one another
};

enum class Profile : std::uint8_t { cisco, juniper, unix_like, junos_e, comware };

/// The defaults of a profile: C, J, U, "JunosE", "HPE" in scenarios.
constexpr RouterKnobs knobs_of(Profile profile) {
  RouterKnobs k;
  switch (profile) {
    case Profile::cisco:
      break;
    case Profile::juniper:
      k.er_ittl = 64;
      k.uhp_pipe_egress = UhpPipeEgress::always_decrement;
      k.label_scope = LabelScope::loopbacks;
      break;
    case Profile::unix_like:
      k.te_ittl = k.er_ittl = k.du_ittl = 64;
      k.uhp_pipe_egress = UhpPipeEgress::always_decrement;
      break;
    case Profile::junos_e:
      k.te_ittl = k.er_ittl = k.du_ittl = 128;
      break;
    case Profile::comware:
      k.te_route = TeRoute::detour_if_depth2;
      break;
  }
  return k;
}

}  // namespace utnt::emu
