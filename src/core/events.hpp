// SPDX-License-Identifier: BSD-2-Clause
// Everything the engine tells the outside, one struct an event. src/report gives each a fixed record layout.
// Order for one trace: path_start, its replies, path_end (initial), the same for the revelations it launched, pings in
// between; then one verdict per hop of the final list in path order, its tunnels, trace_end. Nothing follows trace_end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <variant>

#include "base/flags.hpp"
#include "base/time.hpp"
#include "core/marks.hpp"
#include "core/types.hpp"
#include "wire/address.hpp"

namespace utnt::core {

struct PathStart {
  TraceId trace{};  ///< the trace that caused it
  PathId path{};
  PathKind kind{PathKind::initial};
  Method method{Method::icmp_paris};
  wire::IpAddress source{};
  wire::IpAddress destination{};
  std::uint32_t user_id{0};           ///< per destination, from 1; revelations carry that of their trace
  std::uint32_t flow{0};              ///< flow number, --flow
  std::uint16_t source_port{0};       ///< ICMP identifier or UDP source port
  std::uint16_t destination_port{0};  ///< ICMP checksum or UDP destination port
  std::uint8_t first_ttl{1};
  std::uint8_t attempts_max{0};
  std::uint8_t gap_limit{0};
  std::uint16_t wait_ms{0};  ///< longest wait for one probe
  std::uint16_t probe_bytes{0};
  TunnelId tunnel{};     ///< revelation and buddy: the tunnel under test
  std::uint8_t step{0};  ///< revelation and buddy: from 1
  Instant at{};
};

enum class ReplyFlag : std::uint16_t {
  late = 0x0001,       ///< came after its probe had timed out
  duplicate = 0x0002,  ///< its probe was already answered
  nat = 0x0004,        ///< quoted destination differs from the probed one: never used as evidence
  icmp_checksum_bad = 0x0008,
  extension_checksum_bad = 0x0010,     ///< extension present but ignored
  extension_at_fixed_offset = 0x0020,  ///< length byte 0, found at offset 128 (RFC 4884 section 5.5)
  extension_malformed = 0x0040,        ///< some objects unreadable; the readable ones before are kept
  extension_cut = 0x0080,              ///< more objects than fit in `extension`
  extension_version_swapped = 0x0100,  ///< version in the low nibble
};
using ReplyFlags = Flags<ReplyFlag>;

inline constexpr std::size_t extension_bytes_max = 192;

struct Reply {
  TraceId trace{};
  PathId path{};
  std::uint8_t probe_ttl{0};
  std::uint8_t attempt{0};  ///< from 0
  ReplyKind kind{ReplyKind::none};
  ReplyFlags flags{};
  wire::IpAddress from{};
  std::uint8_t reply_ttl{0};
  std::uint8_t reply_tos{0};
  std::uint16_t reply_ip_id{0};
  std::uint16_t reply_bytes{0};  ///< IP total length
  std::uint8_t icmp_type{0};
  std::uint8_t icmp_code{0};
  std::uint8_t quoted_ttl{0};  ///< 0 also when nothing was quoted
  std::uint8_t quoted_tos{0};
  std::uint16_t quoted_bytes{0};  ///< IP total length of the quoted packet
  std::uint16_t probe_bytes{0};
  Instant sent{};
  Duration rtt{};
  std::uint16_t extension_bytes{0};
  std::array<std::byte, extension_bytes_max>
      extension{};  ///< RFC 4884 objects back to back, each with its 4-byte header
};

struct PathEnd {
  TraceId trace{};
  PathId path{};
  StopReason stop{StopReason::none};
  std::uint8_t stop_data{0};  ///< ICMP code for unreachable
  std::uint8_t last_ttl{0};   ///< highest TTL probed that counts for the path
  std::uint16_t probes_sent{0};
  Instant at{};
};

inline constexpr std::size_t ping_replies_max = 8;

struct PingReply {
  Instant sent{};
  Duration rtt{};
  wire::IpAddress from{};
  std::uint8_t ttl{0};
  std::uint16_t ip_id{0};
  std::uint16_t bytes{0};
  std::uint8_t sequence{0};  ///< which probe it answers, from 0
};

/// The fingerprint ping of one address, once per address and run (and again after its cache entry expired).
struct Ping {
  TraceId trace{};  ///< the trace that asked first
  wire::IpAddress source{};
  wire::IpAddress address{};
  std::uint32_t user_id{0};
  std::uint8_t sent{0};
  std::uint8_t er_ttl{0};  ///< most frequent TTL of the echo replies, 0 = none
  std::uint16_t icmp_id{0};
  std::uint16_t first_sequence{0};
  std::uint16_t probe_bytes{0};
  std::uint16_t wait_ms{0};
  Instant at{};  ///< first probe sent
  std::uint8_t replies{0};
  std::array<PingReply, ping_replies_max> reply{};
};

/// One hop of the final list, revealed hops inserted.
struct Verdict {
  TraceId trace{};
  std::uint16_t index{0};     ///< position in the final list, from 0
  std::uint8_t probe_ttl{0};  ///< of the path that saw it
  wire::IpAddress address{};  ///< none = silent
  ReplyKind kind{ReplyKind::none};
  bool reserved{false};
  Marks marks{};
  Discoveries discoveries{};
  Attempts attempts{};
  std::uint8_t step{0};
  std::uint8_t te_ttl{0};  ///< reply TTL of the reply used
  std::uint8_t er_ttl{0};
  std::uint8_t unreachable_ttl{0};  ///< of its port unreachable, where it is mute to echo; 0 = not known
  std::uint8_t quoted_ttl{0};
  std::uint8_t labels{0};    ///< LSEs in the first label stack object
  std::uint32_t top_lse{0};  ///< the top entry, as 32-bit word
  std::uint8_t icmp_code{0};
  Duration rtt{};
  std::int16_t frpla{0};  ///< absolute, spec formula; 0 when undefined
  std::int16_t rtla{0};
  std::int16_t uturn{0};
  bool egress_ambiguous{false};  ///< this hop or the next is the egress, the replies do not tell
};

enum class Evidence : std::uint16_t {
  label_stack = 0x0001,
  quoted_ttl = 0x0002,
  uturn = 0x0004,
  mpls_ttl = 0x0008,
  rtla = 0x0010,
  frpla = 0x0020,
  duplicate_address = 0x0040,
  frpla_shape = 0x0080,
  revealed = 0x0100,
  path_confirmed = 0x0200,
  buddy = 0x0400,
  samples_agree = 0x0800,
  label_continuity = 0x1000,
};
using Evidences = Flags<Evidence>;

enum class Completeness : std::uint8_t {
  complete = 1,    ///< all LSRs between the ends are listed
  incomplete = 2,  ///< the revelation ended early
  suspected = 3,   ///< detected, nothing revealed: the length is an estimate
};
enum class Confidence : std::uint8_t { low = 1, medium = 2, high = 3 };

/// One tunnel on one trace. Its hops are verdicts first_index (ingress) to last_index (egress).
struct Tunnel {
  TraceId trace{};
  TunnelId id{};  ///< 0 for tunnels that the trace shows by itself
  TunnelClass tunnel_class{TunnelClass::none};
  Trigger trigger{Trigger::none};
  bool reused{false};         ///< revealed before, for another trace
  wire::IpAddress ingress{};  ///< none = silent
  wire::IpAddress egress{};   ///< none = silent or not known
  std::uint16_t first_index{0};
  std::uint16_t last_index{0};
  Evidences evidence{};
  std::int16_t rtla{0};  ///< at the egress candidate
  std::int16_t frpla{0};
  std::uint8_t mttl{0};
  std::uint8_t samples{0};  ///< confirmed replies behind the trigger
  std::uint8_t steps{0};
  std::uint8_t estimated_lsrs{0};  ///< 0 = no estimate
  std::uint8_t revealed_lsrs{0};   ///< LSRs between the ends (listed ones for visible classes)
  Completeness completeness{Completeness::complete};
  Confidence confidence{Confidence::high};
  Attempts stop{};        ///< why the revelation ended
  std::uint32_t flow{0};  ///< flow of the revelation that succeeded
};

struct TraceEnd {
  TraceId trace{};
  wire::IpAddress destination{};
  std::uint32_t user_id{0};
  PathId path{};  ///< the initial path
  StopReason stop{StopReason::none};
  std::uint8_t stop_data{0};
  std::uint16_t hops{0};                           ///< verdicts emitted
  std::uint8_t tunnels{0};                         ///< tunnel events emitted
  std::array<std::uint32_t, probe_uses> probes{};  ///< by ProbeUse, spent on behalf of this trace
  Instant start{};
  Instant at{};
};

using Event = std::variant<PathStart, Reply, PathEnd, Ping, Verdict, Tunnel, TraceEnd>;

/// Totals of a run; Engine::counters() gives them at any time.
struct Counters {
  std::uint64_t probes_sent{0};
  std::array<std::uint64_t, probe_uses> probes_by_use{};
  std::uint64_t replies{0};  ///< accepted for a probe of ours
  std::uint64_t replies_late{0};
  std::uint64_t replies_duplicate{0};
  std::uint64_t replies_nat{0};
  std::uint64_t packets_received{0};  ///< all that the link delivered
  std::uint64_t packets_unparsed{0};  ///< malformed or not a reply
  std::uint64_t packets_forged{0};    ///< looked like a reply of ours, failed the keyed check
  std::uint64_t packets_stray{0};     ///< valid, but no such trace or probe (any more)
  std::uint64_t traces_started{0};
  std::uint64_t traces_ended{0};
  std::uint64_t pings_sent{0};
  std::uint64_t pings_answered{0};
  std::uint64_t revelations{0};  ///< (start, next) pairs examined
  std::uint64_t revelations_reused{0};
  std::uint64_t tunnels_found{0};  ///< tunnel events that are not merely suspected
  std::uint64_t retries{0};
  std::uint64_t ceiling_delays{0};  ///< probes held back by a ceiling
  std::uint64_t table_full{0};      ///< work refused or degraded because a bounded table was full
};

}  // namespace utnt::core
