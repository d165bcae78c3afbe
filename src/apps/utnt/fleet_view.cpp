// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/fleet_view.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "apps/utnt/fleet_text.hpp"
#include "fleet/model/outcome.hpp"
#include "os_linux/clock.hpp"

namespace utnt::apps {

namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t digest_shown = 12;

std::string line_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string short_id(const std::string& id) { return id.substr(0, digest_shown); }

}  // namespace

FleetView::FleetView(bool json, const fleet::LiveState* state) : json_{json} {
  if (state != nullptr && !json && FleetTable::fits(STDERR_FILENO))
    table_ = std::make_unique<FleetTable>(STDERR_FILENO, *state);
}

void FleetView::set_head(TableHead head) {
  if (table_) table_->set_head(std::move(head));
}

void FleetView::tick(Instant now) {
  if (table_) table_->draw(now);
}

void FleetView::print_unless_table(const std::string& line) {
  if (!table_) print(line);
}

void FleetView::print(const std::string& line) {
  if (table_) return table_->print_above(line);
  std::fputs((line + "\n").c_str(), json_ ? stdout : stderr);
  std::fflush(json_ ? stdout : stderr);
}

void FleetView::node_up(const std::string& node, const std::string& hello) {
  if (!json_) return print_unless_table(fmt::format("node {}: connected", node));
  print(line_of({{"type", "node"}, {"node", node}, {"state", "up"}, {"hello", Json::parse(hello, nullptr, false)}}));
}

void FleetView::node_down(const std::string& node, const std::string& why) {
  if (!json_) return print(fmt::format("node {}: not connected: {}", node, printable(why)));
  print(line_of({{"type", "node"}, {"node", node}, {"state", "down"}, {"why", why}}));
}

void FleetView::node_trouble(const std::string& node, const fleet::NodeTrouble& trouble) {
  if (!json_) {
    auto shown = trouble;
    shown.why = printable(trouble.why);
    const auto line = fmt::format("node {}: {}", node, fleet::trouble_text(shown));
    return trouble.is_repeated && !trouble.is_given_up ? print_unless_table(line) : print(line);
  }
  const auto seconds = [](Duration duration) {
    const auto milliseconds = duration.ns() / 1'000'000;  // no more digits than these
    return static_cast<double>(milliseconds) / 1e3;
  };
  Json json{
      {"type", "node"}, {"node", node}, {"state", trouble.is_given_up ? "given up" : "down"}, {"why", trouble.why}};
  json["tries"] = trouble.tries;
  if (!trouble.is_given_up) json["next_try_s"] = seconds(trouble.next_try);
  if (!trouble.is_given_up) json["given_up_in_s"] = seconds(trouble.given_up_in);
  print(line_of(json));
}

void FleetView::job_changed(const fleet::JobRecord& job) {
  const auto state = std::string{fleet::name_of(job.state)};
  seen_.insert(job.order.id);
  if (fleet::is_final(job.state)) ++ended_[static_cast<std::size_t>(job.state)];
  if (json_) {
    return print(line_of({{"type", "job"},
                          {"job", job.order.id},
                          {"campaign", job.order.campaign},
                          {"event", job.order.event},
                          {"state", state},
                          {"node", job.node},
                          {"attempt", job.attempt},
                          {"reason", job.reason},
                          {"detail", job.detail},
                          {"result", job.result}}));
  }
  auto line = fmt::format("job {}: event {}, {}", short_id(job.order.id), job.order.event, state);
  if (!job.node.empty()) line += " on " + job.node;
  if (job.attempt > 1) line += fmt::format(" (attempt {})", job.attempt);
  if (!job.reason.empty()) line += ": " + printable(job.reason);
  if (!job.detail.empty()) line += ": " + printable(job.detail);
  print_unless_table(line);
}

void FleetView::progress(const std::string& node, const std::string& job, const std::string& phase,
                         std::uint64_t probes) {
  if (json_) {
    print(
        line_of({{"type", "progress"}, {"node", node}, {"job", job}, {"phase", printable(phase)}, {"probes", probes}}));
  }
}

void FleetView::result_stored(const std::string& node, const fleet::NewResult& result, fleet::StoredAs how) {
  const char* const words[] = {"stored", "stored beside", "held already"};
  const auto* const word = words[static_cast<std::size_t>(how)];
  if (!json_) {
    return print_unless_table(fmt::format("result {} of job {} from {}: {}, {} bytes", short_id(result.digest),
                                          short_id(result.job), node, word, result.payload.size()));
  }
  print(line_of({{"type", "result"},
                 {"node", node},
                 {"job", result.job},
                 {"attempt", result.attempt},
                 {"digest", result.digest},
                 {"complete", result.is_complete},
                 {"bytes", result.payload.size()},
                 {"stored", word}}));
}

void FleetView::alert(const std::string& node, const std::string& text) {
  if (!json_) return print(fmt::format("ALERT node {}: {}", node, printable(text)));
  print(line_of({{"type", "alert"}, {"node", node}, {"text", text}}));
}

void FleetView::note(const std::string& text) { print(json_ ? line_of({{"type", "note"}, {"text", text}}) : text); }

void FleetView::summary(const Totals& totals, const std::string& variant, const std::string& tender,
                        const std::string& policy) {
  if (!json_) {
    if (table_) table_->draw(os_linux::monotonic_now(), true);
    table_.reset();  // it stays as it is, above this line
    return print(fmt::format(
        "{} events: {} jobs accepted, {} known before, {} done, {} refused, {} failed, in {:.2f} s", totals.events,
        totals.accepted, totals.duplicates, totals.done, totals.refused, totals.failed, totals.seconds));
  }
  print(line_of({{"type", "summary"},
                 {"policy", policy},
                 {"variant", variant},
                 {"tender", tender},
                 {"events", totals.events},
                 {"accepted", totals.accepted},
                 {"duplicates", totals.duplicates},
                 {"done", totals.done},
                 {"refused", totals.refused},
                 {"failed", totals.failed},
                 {"seconds", totals.seconds}}));
}

}  // namespace utnt::apps
