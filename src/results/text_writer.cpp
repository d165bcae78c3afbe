// SPDX-License-Identifier: BSD-2-Clause
// The lines of the ordinary text output.
#include "results/text_writer.hpp"

#include <fmt/format.h>

#include <iterator>

#include "results/address_text.hpp"
#include "results/extension.hpp"
#include "results/names.hpp"
#include "results/vendor.hpp"

namespace utnt::results {
namespace {

using report::Mark;

constexpr std::string_view bold = "1", green = "32", yellow = "33", cyan = "36", dim = "2";

std::string paint(std::string_view text, std::string_view color, bool is_wanted) {
  return is_wanted ? fmt::format("\x1b[{}m{}\x1b[0m", color, text) : std::string{text};
}

std::string role_words(const Hop& hop) {
  std::string out;
  const auto add = [&out](std::string_view word) { out.append(out.empty() ? "" : ", ").append(word); };
  if (hop.marks.has(Mark::ingress)) add("ingress");
  if (hop.marks.has(Mark::egress)) add("egress");
  if (hop.marks.has(Mark::lsr)) add(hop.is_revealed() ? "hidden router" : "LSR");
  if (hop.egress_ambiguous) add("or the next hop is the egress");
  const auto technique = technique_of(hop.discoveries);
  if (hop.is_revealed() && technique != Technique::none) add(fmt::format("{} step {}", name_of(technique), hop.step));
  return out;
}

std::string labels_text(const Hop& hop) {
  if (hop.labels == 0) return {};
  std::vector<wire::LabelStackEntry> stack;
  if (!hop.replies.empty()) {
    if (const auto* object = first_label_stack(hop.replies.front())) stack = label_stack(*object);
  }
  if (stack.empty()) stack.emplace_back(hop.top_lse);
  std::string out = "  label";
  for (const auto entry : stack) {
    fmt::format_to(std::back_inserter(out), " {} (TTL {})", entry.label().value(), entry.ttl().value());
  }
  return out;
}

std::string signals_text(const Hop& hop) {
  std::string out;
  if (hop.kind == report::ReplyKind::time_exceeded && hop.quoted_ttl != 1) {
    fmt::format_to(std::back_inserter(out), "  quoted TTL {}", hop.quoted_ttl);
  }
  if (hop.uturn != 0) fmt::format_to(std::back_inserter(out), "  U-turn {:+}", hop.uturn);
  if (hop.frpla != 0) fmt::format_to(std::back_inserter(out), "  FRPLA {:+}", hop.frpla);
  if (hop.rtla != 0) fmt::format_to(std::back_inserter(out), "  RTLA {:+}", hop.rtla);
  return out;
}

/// A router chose these bytes: nothing of them may steer a terminal.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) out += c > 0x20 && c < 0x7f ? c : '?';
  return out;
}

std::string interfaces_text(const Hop& hop) {
  std::string out;
  if (hop.replies.empty()) return out;
  for (const auto& object : hop.replies.front().extensions) {
    const auto info = interface_info(object);
    if (!info) continue;
    out += "  interface";
    if (!info->name.empty()) fmt::format_to(std::back_inserter(out), " {}", printable(info->name));
    if (info->if_index) fmt::format_to(std::back_inserter(out), " #{}", *info->if_index);
    if (!info->address.is_none()) fmt::format_to(std::back_inserter(out), " {}", address_text(info->address));
  }
  return out;
}

std::string verbose_text(const Hop& hop) {
  std::string out = signals_text(hop);
  const char* separator = "  like ";
  for (const auto& [vendor, per_mille] : vendor_guess(hop)) {
    fmt::format_to(std::back_inserter(out), "{}{}", separator, vendor);
    separator = "/";
  }
  for (std::size_t i = 0; i < hop.replies.size(); ++i) {
    const auto& r = hop.replies[i];
    fmt::format_to(
        std::back_inserter(out), "\n       {} {} attempt {} from {} TTL {} IP-ID {} ICMP {}/{} {} bytes {} ms",
        i == 0 && r.from == hop.address ? "used: " : "other:", name_of(r.kind), r.attempt + 1, address_text(r.from),
        r.reply_ttl, r.reply_ip_id, r.icmp_type, r.icmp_code, r.reply_bytes, milliseconds_text(r.rtt));
    for (const auto& entry : names(report::ReplyFlag{})) {
      if (r.flags.has(entry.value)) fmt::format_to(std::back_inserter(out), " {}", entry.name);
    }
  }
  if (!hop.attempts.empty()) {
    out += "\n       attempt failed:";
    for (const auto& entry : names(report::Attempt{})) {
      if (hop.attempts.has(entry.value)) fmt::format_to(std::back_inserter(out), " {}", entry.name);
    }
  }
  return out;
}

std::string hop_line(const Hop& hop, const std::string& index, const TextOptions& options) {
  if (hop.is_silent()) {
    const auto roles = role_words(hop);
    auto out = fmt::format("{:>4}  *{}{}", index, roles.empty() ? "" : "  ", roles);
    if (options.verbose) out += verbose_text(hop);
    return out + '\n';
  }
  const auto signature = fmt::format("<{},{}>", hop.te_ttl, hop.er_ttl == 0 ? "*" : std::to_string(hop.er_ttl));
  std::string notes;
  if (hop.kind == report::ReplyKind::unreachable)
    fmt::format_to(std::back_inserter(notes), "  unreachable (code {})", hop.icmp_code);
  if (hop.reserved) notes += "  reserved range";
  const auto roles = role_words(hop);
  if (!roles.empty()) {
    notes += "  " + paint(roles, hop.is_revealed() ? green : hop.marks.has(Mark::lsr) ? cyan : yellow, options.color);
  }
  notes += labels_text(hop) + interfaces_text(hop);
  if (options.verbose) notes += verbose_text(hop);
  const auto padding = notes.starts_with(' ') ? std::size_t{9} : std::size_t{0};  // no blanks at the end of a line
  return fmt::format("{:>4}  {:<15} {:>10} ms  {:<{}}{}\n", index, address_text(hop.address),
                     milliseconds_text(hop.rtt), signature, padding, notes);
}

std::string path_line(const Path& path) {
  return fmt::format("  {} trace{} to {} ({}, from TTL {}, flow {}): {}, last TTL {}, {} probes, {} replies\n",
                     name_of(path.kind), path.step == 0 ? "" : fmt::format(" step {}", path.step),
                     address_text(path.destination), name_of(path.method), path.first_ttl, path.flow,
                     name_of(path.stop), path.last_ttl, path.probes_sent, path.replies.size());
}

}  // namespace

std::string trace_text(const TraceResult& trace, const TextOptions& options) {
  auto heading =
      fmt::format("trace to {} from {}", address_text(trace.destination), address_text(trace.initial.source));
  std::string out = paint(heading, bold, options.color);
  fmt::format_to(std::back_inserter(out), " ({}): {}, {} hops", name_of(trace.initial.method), name_of(trace.stop),
                 trace.hops.size());
  if (options.verbose) {
    fmt::format_to(std::back_inserter(out), ", user id {}, started {}", trace.user_id, time_text(trace.start));
  }
  out += '\n';
  int hidden = 0;
  for (const auto& hop : trace.hops) {
    hidden = hop.is_revealed() ? hidden + 1 : 0;
    out += hop_line(hop, hop.is_revealed() ? fmt::format("H{}", hidden) : std::to_string(hop.probe_ttl), options);
  }
  for (const auto& tunnel : trace.tunnels) {
    out += "  " + paint(explain(tunnel), dim, options.color) + '\n';
    if (!options.verbose) continue;
    fmt::format_to(std::back_inserter(out),
                   "    confidence {}, {} samples, flow {}, evidence:", name_of(tunnel.confidence), tunnel.samples,
                   tunnel.flow);
    for (const auto& entry : names(report::Evidence{})) {
      if (tunnel.evidence.has(entry.value)) fmt::format_to(std::back_inserter(out), " {}", entry.name);
    }
    out += '\n';
  }
  if (options.verbose) {
    for (const auto& path : trace.paths) out += path_line(path);
  }
  out += '\n';
  return out;
}

void TextWriter::run(const RunInfo& info) {
  if (info.version.empty()) {  // another program's measurement
    write_(fmt::format("# list {}, cycle {}, started {}\n\n", printable(info.list_name), info.cycle,
                       time_text(info.start)));
    return;
  }
  auto out = fmt::format("# utnt {}, rules {}, {} from {}", info.version, name_of(info.rules), name_of(info.method),
                         address_text(info.source));
  if (info.has_wall_clock) fmt::format_to(std::back_inserter(out), ", started {}", time_text(info.start));
  write_(out + "\n\n");
}

void TextWriter::trace(const TraceResult& trace) { write_(trace_text(trace, options_)); }

void TextWriter::ping(const PingResult& ping) {
  if (!options_.verbose) return;
  write_(fmt::format("ping {}: {} sent, {} replies, TTL {}\n", address_text(ping.address), ping.sent,
                     ping.replies.size(), ping.er_ttl == 0 ? "-" : std::to_string(ping.er_ttl)));
}

void TextWriter::summary(const Summary& s) {
  write_(fmt::format("# {}{} traces, {} tunnels, {} pings; {} probes, {} replies\n",
                     s.interrupted ? "interrupted: " : "", s.traces, s.tunnels, s.pings, s.counters.probes_sent,
                     s.counters.replies));
}

}  // namespace utnt::results
