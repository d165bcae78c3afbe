// SPDX-License-Identifier: BSD-2-Clause
// The page: nodes, jobs, the last traces drawn. It holds no script, and the server forbids any; whatever came from a
// node goes through html_text().
#include <fmt/format.h>

#include <iterator>

#include "fleet/controller/live_pages.hpp"
#include "os_linux/clock.hpp"
#include "results/address_text.hpp"
#include "results/names.hpp"
#include "results/text_writer.hpp"

namespace utnt::fleet {
namespace {

using results::address_text;

constexpr std::string_view style =
    "body{font:14px/1.4 sans-serif;margin:1.5em;color:#222;background:#fff}table{border-collapse:collapse}"
    "td,th{padding:.2em .8em;border-bottom:1px solid #ddd;text-align:left}td.n,th.n{text-align:right}"
    ".down{color:#b00}.up{color:#070}pre{background:#f6f6f6;padding:.6em;overflow:auto;font-size:12px}"
    "h2{font-size:1.1em;margin-top:1.6em}svg{display:block;max-width:100%}";

/// Appends with fmt, for the many small pieces of a page.
template <class... Values>
void add(std::string& out, fmt::format_string<Values...> format, Values&&... values) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Values>(values)...);
}

std::string escaped(std::string_view text, bool keeps_lines) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += (c >= ' ' && c <= '~') || (c == '\n' && keeps_lines) ? c : '?';
    }
  }
  return out;
}

void add_nodes(std::string& out, const LivePage& page) {
  out +=
      "<h2>Nodes</h2>\n<table id=\"nodes\"><tr><th>node<th>where<th>state<th class=n>slots<th class=n>done"
      "<th class=n>not done<th class=n>results/min<th class=n>bytes<th class=n>probes</tr>\n";
  for (const auto& [name, node] : page.state.nodes()) {
    add(out, "<tr><td>{}<td>{}<td class={}>{}", html_text(name), html_text(node.location), node.state(),
        node.state() == "down" ? html_text("down " + node.why) : std::string{node.state()});
    add(out, "<td class=n>{} of {}<td class=n>{}<td class=n>{}<td class=n>{}<td class=n>{}<td class=n>{}</tr>\n",
        node.running.size(), node.slots, node.done, node.not_done, LiveState::rate(node, page.now), node.bytes,
        node.probes);
  }
  out += "</table>\n";
}

void add_jobs(std::string& out, const LivePage& page) {
  const auto& state = page.state;
  add(out, "<h2>Jobs</h2>\n<table id=\"jobs\"><tr><th>accepted<td class=n>{}</tr>\n", state.counts().accepted);
  for (std::size_t i = 0; i < job_states; ++i)
    add(out, "<tr><th>{}<td class=n>{}</tr>\n", job_state_names[i], state.counts().in_state[i]);
  add(out, "<tr><th>results in the store<td class=n>{}</tr>\n<tr><th>ledger<td>{}</tr></table>\n", page.balance.results,
      page.balance.alert.empty() ? "balances" : html_text(page.balance.alert));
  if (state.jobs().empty()) return;
  out += "<h2>Last jobs</h2>\n<table><tr><th>job<th class=n>event<th>state<th>node<th>why</tr>\n";
  for (const auto& job : state.jobs()) {
    constexpr std::size_t shown = 12;
    add(out, "<tr><td>{}<td class=n>{}<td>{}<td>{}<td>{} {}</tr>\n", html_text(job.id.substr(0, shown)), job.event,
        name_of(job.state), html_text(job.node), html_text(job.reason), html_text(job.detail));
  }
  out += "</table>\n";
}

void add_traces(std::string& out, const LivePage& page) {
  out += "<h2>Last traces</h2>\n";
  if (page.state.traces().empty()) out += "<p>None yet.</p>\n";
  for (const auto& live : page.state.traces()) {
    add(out, "<section class=trace><h3>{} from {}", html_text(address_text(live.trace.destination)),
        html_text(live.node));
    if (!live.list.empty()) add(out, ", list <span class=list>{}</span>", html_text(live.list));
    add(out, "</h3>\n<p>job {}, {}</p>\n{}<pre>{}</pre></section>\n", html_text(live.job),
        os_linux::utc_text(live.at_ns), trace_svg(live.trace), escaped(results::trace_text(live.trace, {}), true));
  }
}

}  // namespace

std::string html_text(std::string_view text) {
  constexpr std::size_t shown_max = 300;
  return escaped(text.substr(0, shown_max), false);
}

std::string trace_svg(const results::TraceResult& trace) {
  constexpr std::size_t hops_max = 64;
  constexpr int step = 34, left = 24, line = 62, radius = 7, rows = 78;
  const auto hops = std::min(trace.hops.size(), hops_max);
  if (hops == 0) return {};
  const auto x_of = [&](std::size_t index) { return left + step * static_cast<int>(std::min(index, hops - 1)); };
  std::string out;
  add(out, R"(<svg width="{}" height="{}" role="img">)", x_of(hops - 1) + left + 40, rows);
  for (const auto& tunnel : trace.tunnels) {
    const int from = x_of(tunnel.first_index), to = x_of(tunnel.last_index);
    add(out,
        "<g class=\"tunnel\"><title>{} {} to {}</title><rect x=\"{}\" y=\"28\" width=\"{}\" height=\"46\" rx=\"9\" "
        "fill=\"#fff3d6\" stroke=\"#d08a00\"/><text x=\"{}\" y=\"20\" font-size=\"11\" fill=\"#8a5a00\">{} ({})"
        "</text></g>",
        html_text(results::name_of(tunnel.tunnel_class)), html_text(address_text(tunnel.ingress)),
        html_text(address_text(tunnel.egress)), from - 13, std::max(to - from, 0) + 26, from - 13,
        html_text(results::name_of(tunnel.tunnel_class)), tunnel.lsrs.size());
  }
  add(out, R"(<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="#999"/>)", x_of(0), line - 10, x_of(hops - 1), line - 10);
  for (std::size_t i = 0; i < hops; ++i) {
    const auto& hop = trace.hops[i];
    const auto* const fill = hop.is_silent() ? "#fff" : hop.is_revealed() ? "#d08a00" : "#3267a8";
    add(out, R"(<circle cx="{}" cy="{}" r="{}" fill="{}" stroke="#555"><title>{}{}</title></circle>)", x_of(i),
        line - 10, radius, fill, html_text(address_text(hop.address)), hop.is_revealed() ? ", hidden" : "");
  }
  return out + "</svg>\n";
}

std::string page_html(const LivePage& page) {
  std::string out;
  add(out,
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"3\">"
      "<title>Fleet: {}</title><style>{}</style></head>\n<body><h1>Fleet</h1>\n<p>Campaign {}, policy {}, {}</p>\n",
      html_text(page.campaign), style, html_text(page.campaign), html_text(page.policy),
      os_linux::utc_text(page.wall_ns));
  add_nodes(out, page);
  if (!page.state.alerts().empty()) {
    out += "<h2>Alerts</h2>\n<ul>\n";
    for (const auto& alert : page.state.alerts()) add(out, "<li>{}</li>\n", html_text(alert));
    out += "</ul>\n";
  }
  add_traces(out, page);
  add_jobs(out, page);
  return out + "</body></html>\n";
}

}  // namespace utnt::fleet
