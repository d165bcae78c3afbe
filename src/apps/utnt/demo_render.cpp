// SPDX-License-Identifier: BSD-2-Clause
// The telling half of a story: the plain traceroute, the trace with its tunnels, the truth, one below the other.
#include <fmt/format.h>

#include <array>
#include <string_view>

#include "apps/utnt/demo_story.hpp"
#include "results/text_writer.hpp"

namespace utnt::apps {

namespace {

constexpr std::size_t line_width = 100;

std::string text_of(const wire::IpAddress& address) {
  std::array<char, wire::address_text_max> buffer;
  return std::string{wire::format_address(address, buffer)};
}

struct Ink {
  bool on;
  [[nodiscard]] std::string bold(std::string_view text) const {
    return on ? fmt::format("\x1b[1m{}\x1b[0m", text) : std::string{text};
  }
  [[nodiscard]] std::string dim(std::string_view text) const {
    return on ? fmt::format("\x1b[2m{}\x1b[0m", text) : std::string{text};
  }
  [[nodiscard]] std::string good(std::string_view text) const {
    return on ? fmt::format("\x1b[32m{}\x1b[0m", text) : std::string{text};
  }
  [[nodiscard]] std::string bad(std::string_view text) const {
    return on ? fmt::format("\x1b[31m{}\x1b[0m", text) : std::string{text};
  }
};

/// Breaks `text` at blanks into lines that fit, each behind `indent`.
std::string wrapped(std::string_view text, std::string_view indent) {
  std::string out;
  std::size_t column = line_width;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto begin = text.find_first_not_of(" \n", at);
    if (begin == std::string_view::npos) break;
    const auto end = std::min(text.find_first_of(" \n", begin), text.size());
    const auto word = text.substr(begin, end - begin);
    if (column + 1 + word.size() > line_width) {
      out += (out.empty() ? "" : "\n") + std::string{indent};
      column = indent.size();
    } else {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    at = end;
  }
  return out + "\n";
}

std::string label_text(const results::Hop& hop) {
  return hop.labels == 0 ? "" : fmt::format("  [MPLS label {} TTL {}]", hop.top_lse >> 12, hop.top_lse & 0xffU);
}

/// What `traceroute -e` would print: what answered each TTL of the first trace, and the labels it quoted.
std::string plain_traceroute(const results::TraceResult& trace) {
  std::string out;
  for (const auto& hop : trace.hops) {
    if (hop.is_revealed()) continue;
    out += hop.is_silent() ? fmt::format("    {:>2}  *\n", hop.probe_ttl)
                           : fmt::format("    {:>2}  {:<15}  {:.3f} ms{}\n", hop.probe_ttl, text_of(hop.address),
                                         static_cast<double>(hop.rtt) / 1e6, label_text(hop));
  }
  return out;
}

/// The trace as utnt writes it, moved to the right and without its heading.
std::string utnt_view(const results::TraceResult& trace, bool color) {
  const auto text = results::trace_text(trace, {.color = color});
  std::string out;
  std::size_t line_number = 0;
  for (std::size_t at = 0; at < text.size(); ++line_number) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = std::string_view{text}.substr(at, end - at);
    at = end + 1;
    if (line_number == 0 || line.empty()) continue;
    const bool is_hop = line.size() < line_width;
    out += is_hop ? fmt::format("  {}\n", line) : wrapped(line, "    ");
  }
  return out;
}

std::string_view class_text(emu::TrueClass tunnel_class) {
  switch (tunnel_class) {
    case emu::TrueClass::explicit_:
      return "explicit";
    case emu::TrueClass::implicit:
      return "implicit";
    case emu::TrueClass::opaque:
      return "opaque";
    case emu::TrueClass::invisible_php:
      return "invisible (PHP)";
    case emu::TrueClass::invisible_uhp:
      return "invisible (UHP)";
  }
  return "?";
}

std::string truth_view(const emu::Truth& truth) {
  std::string routers;
  for (std::size_t i = 0; i < truth.path.size(); ++i) {
    std::string open;
    std::string close;
    for (const auto& tunnel : truth.tunnels) {
      if (i == tunnel.ingress + 1U) open += "[ ";
      if (i + 1 == tunnel.egress) close += " ]";
    }
    routers += fmt::format("{}{}{}{}", i == 0 ? "" : " - ", open, truth.path[i].name, close);
  }
  auto out = wrapped(routers, "    ");
  for (const auto& tunnel : truth.tunnels) {
    const auto& ingress = truth.path[tunnel.ingress];
    const auto& egress = truth.path[tunnel.egress];
    out += fmt::format("    {} tunnel from {} ({}) to {} ({}) through {} routers\n", class_text(tunnel.tunnel_class),
                       ingress.name, text_of(ingress.incoming), egress.name, text_of(egress.incoming),
                       tunnel.egress - tunnel.ingress - 1);
  }
  return out;
}

}  // namespace

std::string render(const DemoStory& story, std::size_t number, std::size_t total, bool color) {
  const Ink ink{color};
  std::string out = ink.bold(fmt::format("{}/{}  {}", number, total, story.info.title)) + "\n";
  out += wrapped(story.info.story, "  ") + "\n";
  out += ink.dim(fmt::format("  What a traceroute to {} shows:", text_of(story.destination))) + "\n";
  out += plain_traceroute(story.trace) + "\n";
  out += ink.dim(fmt::format("  What utnt shows, after {} probes in {:.2f} s:", story.probes, story.seconds)) + "\n";
  out += utnt_view(story.trace, color) + "\n";
  out += ink.dim("  What is true:") + "\n";
  out += truth_view(story.truth);
  out += story.is_right ? ink.good("    utnt has the class, both ends and every router right.")
                        : ink.bad("    utnt differs from that.");
  return out + "\n\n";
}

}  // namespace utnt::apps
