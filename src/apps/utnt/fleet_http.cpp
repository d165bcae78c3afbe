// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/fleet_http.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "apps/utnt/command.hpp"
#include "fleet/controller/live_pages.hpp"
#include "os_linux/clock.hpp"

namespace utnt::apps {

namespace {

using Json = nlohmann::ordered_json;

std::string line_of(const Json& json) { return json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n"; }

const char* name_of(fleet::Acceptance answer) {
  switch (answer) {
    case fleet::Acceptance::queued:
      return "accepted";
    case fleet::Acceptance::refused:
      return "refused";
    case fleet::Acceptance::expired:
      return "expired";
    case fleet::Acceptance::duplicate:
      return "known";
  }
  return "?";
}

fleet::HttpSetting setting_of(const FleetHttpOptions& options) {
  return {.address = options.address,
          .port = options.port.value_or(0),
          .is_tls_in_front = options.is_tls_in_front,
          .token = options.token_file.empty() ? std::string{} : fleet::read_token_file(options.token_file),
          .rate = options.rate,
          .body_max = fleet::trigger_text_max};
}

}  // namespace

FleetHttp::FleetHttp(const FleetHttpOptions& options, TableHead head, const fleet::LiveState& state,
                     const fleet::Store& store, Take take)
    : address_{options.address},
      head_{std::move(head)},
      state_{state},
      store_{store},
      take_{std::move(take)},
      server_{setting_of(options),
              {.event = [this](const std::string& body) { return event(body); },
               .page = [this](std::string_view path) { return page(path); }}} {}

std::string FleetHttp::url() const { return fmt::format("http://{}:{}/", address_, server_.port()); }

fleet::HttpAnswer FleetHttp::event(const std::string& body) {
  constexpr unsigned accepted = 202, bad_request = 400, unavailable = 503;
  try {
    const auto begin = body.find_first_not_of(" \t\r\n");
    if (begin == std::string::npos || body[begin] != '{')
      throw std::invalid_argument{"body: expected a JSON object such as {\"targets\":[\"192.0.2.1\"]}"};
    const auto taken = take_(fleet::parse_trigger(std::string_view{body}.substr(begin)));
    Json jobs = Json::array();
    for (const auto& job : taken.jobs) jobs.push_back({{"job", job.id}, {"answer", name_of(job.answer)}});
    return {.status = accepted,
            .body = line_of({{"event", taken.number}, {"campaign", taken.campaign}, {"jobs", std::move(jobs)}})};
  } catch (const std::invalid_argument& error) {
    return {.status = bad_request, .body = line_of({{"error", error.what()}})};
  } catch (const NotYet& problem) {
    return {.status = unavailable, .body = line_of({{"error", problem.what()}})};
  } catch (const fleet::StoreFailure& failure) {
    // Nothing of it was written: who asks again with the same event number asks for the same jobs.
    return {.status = unavailable, .body = line_of({{"error", failure.what()}})};
  }
}

const fleet::Balance& FleetHttp::balance(Instant now) {
  constexpr Duration fresh{2'000'000'000};
  if (!balanced_at_ || now - *balanced_at_ > fresh) {
    balance_ = store_.balance();
    balanced_at_ = now;
  }
  return balance_;
}

fleet::HttpAnswer FleetHttp::page(std::string_view path) {
  constexpr unsigned not_found = 404, unavailable = 503;
  try {
    const auto now = os_linux::monotonic_now();
    const fleet::LivePage page{.state = state_,
                               .balance = balance(now),
                               .campaign = head_.campaign,
                               .policy = head_.policy,
                               .now = now,
                               .wall_ns = os_linux::wall_clock_ns()};
    if (path == "/") return {.type = "text/html; charset=utf-8", .body = page_html(page)};
    if (path == "/metrics") return {.type = "text/plain; version=0.0.4; charset=utf-8", .body = metrics_text(page)};
    if (path == "/api/state") return {.body = state_json(page)};
    return {.status = not_found};
  } catch (const fleet::StoreFailure& failure) {
    return {.status = unavailable, .body = line_of({{"error", failure.what()}})};
  }
}

void add_fleet_http_options(CLI::App& command, FleetHttpOptions& options) {
  auto* const port = command
                         .add_option("--http", options.port,
                                     "Serve a page, metrics and, with a token, events at this port; 0: a free one")
                         ->type_name("PORT");
  command.add_option("--http-address", options.address, "Where; other than 127.0.0.1 needs --tls-in-front")
      ->needs(port)
      ->capture_default_str();
  command.add_flag("--tls-in-front", options.is_tls_in_front, "A proxy in front of that address speaks TLS")
      ->needs(port);
  command
      .add_option("--token-file", options.token_file,
                  "Take events by POST /events from who knows the token in this file (mode 0600)")
      ->type_name("FILE")
      ->needs(port);
  command.add_option("--http-rate", options.rate, "Events a second over HTTP")
      ->needs(port)
      ->check(CLI::Range(1U, 10'000U))
      ->capture_default_str();
}

}  // namespace utnt::apps
