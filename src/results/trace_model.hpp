// SPDX-License-Identifier: BSD-2-Clause
// Finished measurements in memory: what the assembler produces, every writer takes and every reader gives back.
// All times are nanoseconds since 1970-01-01 UTC, or since the run's own zero when RunInfo::has_wall_clock is false.
// Fields keep the engine's meaning (see core/events.hpp); a value of 0 or an empty address means "none" unless said
// otherwise.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "report/types.hpp"
#include "wire/address.hpp"

namespace utnt::results {

using Nanoseconds = std::int64_t;

/// One ICMP extension object (RFC 4884 section 7), payload without the 4-byte header.
struct ExtensionObject {
  std::uint8_t object_class{0};
  std::uint8_t c_type{0};
  std::vector<std::byte> payload;
  friend bool operator==(const ExtensionObject&, const ExtensionObject&) = default;
};

/// One packet that answered a traceroute probe, with all its raw fields.
struct Reply {
  std::uint8_t probe_ttl{0};
  std::uint8_t attempt{0};  ///< from 0
  report::ReplyKind kind{report::ReplyKind::none};
  report::ReplyFlags flags;
  wire::IpAddress from;
  std::uint8_t reply_ttl{0};
  std::uint8_t reply_tos{0};
  std::uint16_t reply_ip_id{0};
  std::uint16_t reply_bytes{0};
  std::uint8_t icmp_type{0};
  std::uint8_t icmp_code{0};
  std::uint8_t quoted_ttl{0};
  std::uint8_t quoted_tos{0};
  std::uint16_t quoted_bytes{0};
  std::uint16_t probe_bytes{0};
  Nanoseconds sent{0};
  Nanoseconds rtt{0};
  std::vector<ExtensionObject> extensions;
  friend bool operator==(const Reply&, const Reply&) = default;
};

/// One traceroute: how it was probed and how it ended.
struct Path {
  std::uint32_t id{0};
  report::PathKind kind{report::PathKind::initial};
  report::Method method{report::Method::icmp_paris};
  wire::IpAddress source;
  wire::IpAddress destination;
  std::uint32_t flow{0};
  std::uint16_t source_port{0};       ///< ICMP identifier or UDP source port
  std::uint16_t destination_port{0};  ///< ICMP checksum or UDP destination port
  std::uint8_t first_ttl{1};
  std::uint8_t last_ttl{0};  ///< highest TTL probed that counts
  std::uint8_t attempts_max{0};
  std::uint8_t gap_limit{0};
  std::uint16_t wait_ms{0};
  std::uint16_t probe_bytes{0};
  std::uint32_t tunnel{0};  ///< revelation and buddy: the tunnel under test
  std::uint8_t step{0};     ///< revelation and buddy: from 1
  Nanoseconds start{0};
  Nanoseconds end{0};
  report::StopReason stop{report::StopReason::none};
  std::uint8_t stop_data{0};
  std::uint16_t probes_sent{0};
  std::vector<Reply> replies;  ///< in order of arrival; for the initial path see TraceResult::initial
  friend bool operator==(const Path&, const Path&) = default;
};

/// One entry of the final hop list, revealed hops inserted.
struct Hop {
  std::uint8_t probe_ttl{0};  ///< of the path that saw it
  wire::IpAddress address;    ///< none = silent
  report::ReplyKind kind{report::ReplyKind::none};
  bool reserved{false};
  report::Marks marks;
  report::Discoveries discoveries;
  report::Attempts attempts;
  std::uint8_t step{0};
  std::uint8_t te_ttl{0};           ///< reply TTL of the reply used
  std::uint8_t er_ttl{0};           ///< of the fingerprint ping
  std::uint8_t unreachable_ttl{0};  ///< of the port unreachable of a router that is mute to echo
  std::uint8_t quoted_ttl{0};
  std::uint8_t labels{0};    ///< LSEs in the first label stack object
  std::uint32_t top_lse{0};  ///< the top entry, as 32-bit word
  std::uint8_t icmp_code{0};
  Nanoseconds rtt{0};
  std::int16_t frpla{0};
  std::int16_t rtla{0};
  std::int16_t uturn{0};
  bool egress_ambiguous{false};
  /// Everything received for this TTL, the reply used first. A silent hop has at most replies that are no evidence
  /// (late, nat); empty as well for a hop whose tunnel was revealed on behalf of another trace.
  std::vector<Reply> replies;

  [[nodiscard]] bool is_silent() const { return address.is_none(); }
  [[nodiscard]] bool is_revealed() const { return discoveries.has(report::Discovery::revealed); }
  friend bool operator==(const Hop&, const Hop&) = default;
};

/// How a hop between two tunnel ends came to light.
enum class Technique : std::uint8_t { none = 0, dpr = 1, brpr = 2, buddy = 3, unknown = 4 };

/// The technique that the bits of `discoveries` name; none for a hop that the initial trace showed.
Technique technique_of(report::Discoveries discoveries);

struct TunnelLsr {
  wire::IpAddress address;  ///< none = silent
  Technique technique{Technique::none};
  std::uint8_t step{0};
  friend bool operator==(const TunnelLsr&, const TunnelLsr&) = default;
};

/// One tunnel on one trace. Its hops are TraceResult::hops[first_index] (ingress) to [last_index] (egress).
struct Tunnel {
  std::uint32_t id{0};  ///< of the revelation; 0 = the trace shows it by itself
  report::TunnelClass tunnel_class{report::TunnelClass::none};
  report::Trigger trigger{report::Trigger::none};
  bool reused{false};       ///< revealed before, for another trace
  wire::IpAddress ingress;  ///< none = silent
  wire::IpAddress egress;   ///< none = silent or not known
  std::uint16_t first_index{0};
  std::uint16_t last_index{0};
  report::Evidences evidence;
  std::int16_t rtla{0};
  std::int16_t frpla{0};
  std::uint8_t mttl{0};
  std::uint8_t samples{0};
  std::uint8_t steps{0};
  std::uint8_t estimated_lsrs{0};  ///< 0 = no estimate
  std::uint8_t revealed_lsrs{0};
  report::Completeness completeness{report::Completeness::complete};
  report::Confidence confidence{report::Confidence::high};
  report::Attempts stop;  ///< why the revelation ended
  std::uint32_t flow{0};
  std::vector<TunnelLsr> lsrs;  ///< the hops strictly between the ends, in path order; empty when suspected only
  friend bool operator==(const Tunnel&, const Tunnel&) = default;
};

using ProbesByUse = std::array<std::uint32_t, report::probe_uses>;

/// One destination, complete.
struct TraceResult {
  std::uint32_t id{0};  ///< TraceId of the engine
  wire::IpAddress destination;
  std::uint32_t user_id{0};
  Nanoseconds start{0};
  Nanoseconds end{0};
  report::StopReason stop{report::StopReason::none};
  std::uint8_t stop_data{0};
  /// The traceroute to the destination. Its `replies` hold only what belongs to no hop (answers past the end of the
  /// list); the others are in the hops that are not revealed.
  Path initial;
  std::vector<Hop> hops;
  std::vector<Path> paths;  ///< revelation, buddy and confirmation traces, in order of start
  std::vector<Tunnel> tunnels;
  ProbesByUse probes{};
  friend bool operator==(const TraceResult&, const TraceResult&) = default;
};

struct PingReply {
  Nanoseconds sent{0};
  Nanoseconds rtt{0};
  wire::IpAddress from;
  std::uint8_t ttl{0};
  std::uint16_t ip_id{0};
  std::uint16_t bytes{0};
  std::uint8_t sequence{0};  ///< which probe it answers, from 0
  friend bool operator==(const PingReply&, const PingReply&) = default;
};

/// The fingerprint ping of one address.
struct PingResult {
  std::uint32_t trace{0};  ///< id of the trace that asked first
  std::uint32_t user_id{0};
  wire::IpAddress source;
  wire::IpAddress address;
  Nanoseconds start{0};
  std::uint8_t sent{0};
  std::uint8_t er_ttl{0};
  std::uint16_t icmp_id{0};
  std::uint16_t first_sequence{0};
  std::uint16_t probe_bytes{0};
  std::uint16_t wait_ms{0};
  std::vector<PingReply> replies;
  friend bool operator==(const PingResult&, const PingResult&) = default;
};

/// A tunnel with the key of the trace that crosses it: complete without the trace's own record.
struct TunnelResult {
  std::uint32_t trace{0};
  std::uint32_t user_id{0};
  wire::IpAddress source;
  wire::IpAddress destination;
  Nanoseconds start{0};  ///< of the trace
  Tunnel tunnel;
  friend bool operator==(const TunnelResult&, const TunnelResult&) = default;
};

/// What a run was asked to do; the first thing of a result stream.
struct RunInfo {
  std::string version;  ///< of the program
  std::string commit;
  std::string host;  ///< name of the vantage point, may be empty
  std::string list_name;
  std::uint32_t cycle{0};
  report::RuleSet rules{report::RuleSet::utnt};
  report::Method method{report::Method::icmp_paris};
  wire::IpAddress source;
  std::array<std::byte, 32> seed{};
  Nanoseconds start{0};
  bool has_wall_clock{true};
  std::uint32_t rate_pps{0};
  std::uint32_t window_traces{0};
  std::uint8_t window_ttls{0};
  std::uint8_t first_ttl{1};
  std::uint8_t max_ttl{0};
  std::uint8_t attempts{0};
  std::uint8_t gap_limit{0};
  std::uint16_t wait_ms{0};
  std::uint8_t pings{0};
  std::uint8_t frpla_min{0};
  std::uint8_t rtla_min{0};
  std::uint32_t flow{0};
  bool brute_force{false};
  bool doubletree{false};
  std::uint64_t destinations{0};  ///< 0 = not known at the start
  std::string attribution;        ///< RFC 9511 URI, empty = none
  friend bool operator==(const RunInfo&, const RunInfo&) = default;
};

/// Totals at the end of a run.
struct Summary {
  Nanoseconds end{0};
  bool interrupted{false};
  report::Counters counters;
  std::uint64_t traces{0};  ///< trace records handed out
  std::uint64_t pings{0};
  std::uint64_t tunnels{0};
  std::uint64_t records_orphaned{0};   ///< records whose trace was not known any more
  std::uint64_t records_unknown{0};    ///< records of a type or version this program does not know
  std::uint64_t traces_incomplete{0};  ///< traces handed out although pieces were missing
};

/// Takes results as they are finished. A trace comes before its tunnels; a ping comes when its last reply is in.
class ResultSink {
 public:
  ResultSink() = default;
  ResultSink(const ResultSink&) = delete;
  ResultSink& operator=(const ResultSink&) = delete;
  virtual ~ResultSink() = default;
  virtual void run(const RunInfo& info) = 0;
  virtual void trace(const TraceResult& trace) = 0;
  virtual void ping(const PingResult& ping) = 0;
  virtual void tunnel(const TunnelResult& tunnel) = 0;
  virtual void summary(const Summary& summary) = 0;
};

/// The self-contained form of every tunnel of `trace`.
std::vector<TunnelResult> tunnel_results(const TraceResult& trace);

}  // namespace utnt::results
