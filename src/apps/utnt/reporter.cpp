// SPDX-License-Identifier: BSD-2-Clause
// See reporter.hpp.
#include "apps/utnt/reporter.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace utnt::apps {

namespace {

constexpr std::chrono::milliseconds terminal_period{250};
constexpr std::chrono::milliseconds json_period{1000};

/// Share of the probes that nothing answered, in percent.
double unanswered_percent(const core::Counters& counters) {
  if (counters.probes_sent == 0 || counters.replies >= counters.probes_sent) return 0;
  return 100.0 * static_cast<double>(counters.probes_sent - counters.replies) /
         static_cast<double>(counters.probes_sent);
}

nlohmann::ordered_json counts_json(const core::Counters& counters) {
  return {{"probes", counters.probes_sent},
          {"replies", counters.replies},
          {"unanswered_percent", unanswered_percent(counters)},
          {"tunnels", counters.tunnels_found}};
}

nlohmann::ordered_json summary_json(const SummaryFacts& facts) {
  nlohmann::ordered_json json{{"type", "summary"},
                              {"exit_code", to_int(facts.exit_code)},
                              {"traces", facts.traces},
                              {"traces_before", facts.traces_before},
                              {"traces_total", facts.traces_total},
                              {"traces_incomplete", facts.traces_incomplete},
                              {"seconds", facts.seconds}};
  json.update(counts_json(facts.counters));
  json["packets_stray"] = facts.counters.packets_stray;
  json["packets_forged"] = facts.counters.packets_forged;
  json["packets_unparsed"] = facts.counters.packets_unparsed;
  json["table_full"] = facts.counters.table_full;
  json["targets"] = {{"accepted", facts.targets.accepted},          {"duplicates", facts.targets.duplicates},
                     {"malformed", facts.targets.malformed},        {"unsupported", facts.targets.unsupported},
                     {"reserved", facts.targets.reserved},          {"blocked", facts.targets.blocked},
                     {"blocked_later", facts.targets.blocked_later}};
  json["withheld"] = facts.withheld;
  if (facts.link) {
    json["link"] = {{"received", facts.link->received},
                    {"dropped", facts.link->ring_dropped},
                    {"send_failed", facts.link->send_failed}};
  }
  json["output"] = facts.output;
  return json;
}

/// ", N word" when N is not zero.
std::string counted(std::uint64_t count, const char* word) {
  return count == 0 ? std::string{} : fmt::format(", {} {}", count, word);
}

}  // namespace

ReportStyle report_style(bool json, bool quiet) {
  if (json) return ReportStyle::json;
  if (quiet) return ReportStyle::quiet;
  return ::isatty(STDERR_FILENO) == 1 ? ReportStyle::terminal : ReportStyle::plain;
}

std::string time_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds < 0 ? 0 : seconds);
  if (whole >= 3600) return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
  if (whole >= 60) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  return fmt::format("{}s", whole);
}

void Reporter::clear_line() {
  if (!has_live_line_) return;
  std::fputs("\r\x1b[K", stderr);
  has_live_line_ = false;
}

void Reporter::print(const std::string& line) {
  clear_line();
  std::fputs((line + "\n").c_str(), stderr);
}

void Reporter::warn(const std::string& message) {
  if (style_ == ReportStyle::json) {
    print(nlohmann::ordered_json{{"type", "warning"}, {"text", message}}.dump(
        -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  } else {
    print(fmt::format("{}: {}", command_, message));
  }
}

void Reporter::note(const std::string& json, const std::string& text) {
  if (style_ == ReportStyle::quiet) return;
  print(style_ == ReportStyle::json ? json : fmt::format("{}: {}", command_, text));
}

void Reporter::progress(std::uint64_t done, std::uint64_t total, const core::Counters& counters, Instant now) {
  if (style_ != ReportStyle::terminal && style_ != ReportStyle::json) return;
  const auto wall = Clock::now();
  if (!is_started_) {
    is_started_ = true;
    shown_ = wall;
    instant_shown_ = now;
    done_at_start_ = done;
    return;
  }
  if (wall - shown_ < (style_ == ReportStyle::json ? json_period : terminal_period)) return;
  const auto span = static_cast<double>((now - instant_shown_).ns()) / 1e9;
  const auto pps = span > 0 ? static_cast<double>(counters.probes_sent - probes_shown_) / span : 0;
  const auto elapsed = std::chrono::duration<double>(wall - started_).count();
  const auto finished = done - done_at_start_;
  const auto left = finished > 0 ? elapsed / static_cast<double>(finished) * static_cast<double>(total - done) : -1;
  shown_ = wall;
  instant_shown_ = now;
  probes_shown_ = counters.probes_sent;
  if (style_ == ReportStyle::json) {
    nlohmann::ordered_json json{{"type", "progress"}, {"traces", done}, {"traces_total", total}, {"pps", pps}};
    json.update(counts_json(counters));
    json["seconds_left"] = left < 0 ? nlohmann::ordered_json{} : nlohmann::ordered_json(left);
    print(json.dump());
    return;
  }
  std::fputs(fmt::format("\r\x1b[K{}/{} traces  {:.0f} pps  {} replies  {:.1f} % unanswered  {} tunnels  {} left", done,
                         total, pps, counters.replies, unanswered_percent(counters), counters.tunnels_found,
                         left < 0 ? "?" : time_text(left))
                 .c_str(),
             stderr);
  std::fflush(stderr);
  has_live_line_ = true;
}

void Reporter::summary(const SummaryFacts& facts) {
  if (style_ == ReportStyle::quiet) return clear_line();
  if (style_ == ReportStyle::json) return print(summary_json(facts).dump());
  print(
      fmt::format("{}: {} of {} destinations in {:.1f} s{}: {} probes, {} replies ({:.1f} % unanswered), {} tunnels{}",
                  command_, facts.traces + facts.traces_before, facts.traces_total, facts.seconds,
                  facts.exit_code == ExitCode::interrupted ? " (interrupted)" : "", facts.counters.probes_sent,
                  facts.counters.replies, unanswered_percent(facts.counters), facts.counters.tunnels_found,
                  counted(facts.traces_incomplete, "traces incomplete")));
  const auto& targets = facts.targets;
  const auto left_out = counted(targets.duplicates, "duplicate") + counted(targets.malformed, "malformed") +
                        counted(targets.unsupported, "not supported") + counted(targets.reserved, "reserved") +
                        counted(targets.blocked, "in the block list") +
                        counted(targets.blocked_later, "of these since it was read again");
  if (!left_out.empty()) print(fmt::format("{}: left out: {}", command_, left_out.substr(2)));
  if (facts.withheld > 0) {
    print(fmt::format("{}: {} probes of traces under way were kept back, their destination is in the block list now",
                      command_, facts.withheld));
  }
  if (facts.link && facts.link->ring_dropped + facts.link->send_failed > 0) {
    print(fmt::format("{}: {} replies received, {} lost in the receive ring; {} probes could not be sent", command_,
                      facts.link->received, facts.link->ring_dropped, facts.link->send_failed));
  }
}

}  // namespace utnt::apps
