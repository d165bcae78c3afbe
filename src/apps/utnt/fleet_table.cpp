// SPDX-License-Identifier: BSD-2-Clause
// Source of the escapes: ECMA-48 (CUU, ED), which every terminal but a dumb one understands.
#include "apps/utnt/fleet_table.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "apps/utnt/fleet_text.hpp"
#include "os_linux/clock.hpp"

namespace utnt::apps {

namespace {

constexpr std::size_t jobs_shown = 5;
constexpr std::size_t lines_around = 5;  // head, counts, two headings, one for what does not fit

TableSize size_of(int descriptor) {
  winsize window{};
  if (::ioctl(descriptor, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0) return {};
  return {.columns = window.ws_col, .rows = window.ws_row};
}

std::string node_line(const std::string& name, const fleet::LiveNode& node, Instant now) {
  std::uint64_t probes = node.probes;
  for (const auto& [job, sent] : node.running) probes += sent;
  return fmt::format("{:<16} {:<10} {:>4}/{:<4} {:>7} {:>9} {:>12} {:>11} {:>9}  {}", printable(name).substr(0, 16),
                     node.state(), node.running.size(), node.slots, node.done, node.not_done,
                     fleet::LiveState::rate(node, now), node.bytes, probes,
                     node.is_up ? std::string{} : printable(node.why));
}

std::string job_line(const fleet::LiveJob& job) {
  constexpr std::size_t digits = 12;
  auto line = fmt::format("  {}  event {:<6} {:<9} {}", job.id.substr(0, digits), job.event, name_of(job.state),
                          printable(job.node));
  if (!job.reason.empty()) line += "  " + printable(job.reason);
  if (!job.detail.empty()) line += ": " + printable(job.detail);
  return line;
}

}  // namespace

std::vector<std::string> fleet_table(const fleet::LiveState& state, const TableHead& head, Duration running,
                                     const TableSize& size, Instant now) {
  using fleet::JobState;
  const auto in = [&](JobState one) { return state.jobs_in(one); };
  const auto seconds = static_cast<double>(running.ns()) / 1e9;
  std::vector<std::string> lines{fmt::format("campaign {}, policy {}, {:.1f} s", head.campaign, head.policy, seconds)};
  lines.push_back(fmt::format(
      "{} jobs: {} queued, {} running, {} done, {} failed, {} refused, {} other; {} results", state.counts().accepted,
      in(JobState::queued), in(JobState::offered) + in(JobState::running) + in(JobState::finished), in(JobState::done),
      in(JobState::failed), in(JobState::refused),
      in(JobState::expired) + in(JobState::cancelled) + in(JobState::unknown), state.results()));
  lines.push_back(fmt::format("{:<16} {:<10} {:>9} {:>7} {:>9} {:>12} {:>11} {:>9}", "node", "state", "slots", "done",
                              "not done", "results/min", "bytes", "probes"));
  const auto jobs = std::min(state.jobs().size(), jobs_shown);
  const auto room = size.rows > lines_around + jobs ? size.rows - lines_around - jobs : 1;
  std::size_t shown = 0;
  for (const auto& [name, node] : state.nodes()) {
    if (shown++ < room) lines.push_back(node_line(name, node, now));
  }
  if (shown > room) lines.back() = fmt::format("... and {} more nodes", shown - room + 1);
  if (jobs != 0) lines.emplace_back("last jobs");
  for (std::size_t i = 0; i < jobs; ++i) lines.push_back(job_line(state.jobs()[i]));
  if (lines.size() + 1 > size.rows) lines.resize(size.rows > 1 ? size.rows - 1 : 0);
  for (auto& line : lines) line = line.substr(0, size.columns > 1 ? size.columns - 1 : 0);
  return lines;
}

FleetTable::FleetTable(int descriptor, const fleet::LiveState& state)
    : descriptor_{descriptor}, state_{state}, started_{os_linux::monotonic_now()} {}

bool FleetTable::fits(int descriptor) {
  const char* const kind = std::getenv("TERM");
  return ::isatty(descriptor) == 1 && kind != nullptr && *kind != '\0' && std::string_view{kind} != "dumb";
}

void FleetTable::write(const std::string& text) const {
  for (std::string_view rest{text}; !rest.empty();) {
    const auto written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // the terminal is gone: measuring goes on without it
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string FleetTable::erased() { return lines_ == 0 ? std::string{} : fmt::format("\x1b[{}A\x1b[J", lines_); }

void FleetTable::draw(Instant now, bool at_once) {
  constexpr Duration pause{200'000'000}, longest{1'000'000'000};
  const bool is_new = version_ != state_.version() && now - drawn_ >= pause;
  if (!at_once && !is_new && now - drawn_ < longest) return;
  auto text = erased();
  const auto lines = fleet_table(state_, head_, now - started_, size_of(descriptor_), now);
  for (const auto& line : lines) text += line + "\n";
  write(text);
  lines_ = lines.size();
  drawn_ = now;
  version_ = state_.version();
}

void FleetTable::print_above(const std::string& line) {
  write(erased() + line + "\n");
  lines_ = 0;
  draw(os_linux::monotonic_now(), true);
}

}  // namespace utnt::apps
