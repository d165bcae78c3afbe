// SPDX-License-Identifier: BSD-2-Clause
// Results out of the store: rows, and the traces themselves.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "apps/utnt/fleet_commands.hpp"
#include "apps/utnt/fleet_home.hpp"
#include "apps/utnt/fleet_text.hpp"
#include "apps/utnt/output_file.hpp"
#include "fleet/model/bundle.hpp"
#include "fleet/trust/statement.hpp"
#include "os_linux/clock.hpp"

namespace utnt::apps {

ExitCode fleet_results(const FleetListOptions& options) {
  const auto store = FleetHome{options.directory}.open_store(fleet::Access::reader);
  store.each_result(options.campaign, [&](const fleet::ResultRow& row) {
    if (!options.node.empty() && row.node != options.node) return;
    if (options.json) {
      return print_json({{"type", "result"},
                         {"digest", row.digest},
                         {"job", row.job},
                         {"campaign", row.campaign},
                         {"event", row.event},
                         {"attempt", row.attempt},
                         {"node", row.node},
                         {"complete", row.is_complete},
                         {"late", row.is_late},
                         {"bytes", row.bytes},
                         {"stored_bytes", row.stored_bytes},
                         {"received", os_linux::utc_text(row.received_ns)}});
    }
    fmt::print("{}  job {}  {:<12}  {}{}  {} bytes\n", row.digest.substr(0, 12), row.job.substr(0, 12), row.node,
               row.is_complete ? "complete" : "partial", row.is_late ? " (beside)" : "", row.bytes);
  });
  return ExitCode::done;
}

ExitCode fleet_export(const FleetExportOptions& options) {
  const auto store = FleetHome{options.directory}.open_store(fleet::Access::reader);
  OutputFile file{{.path = options.output}};
  std::uint64_t results = 0, partial = 0;
  store.each_result(options.campaign, [&](const fleet::ResultRow& row) {
    if (row.is_late) return;
    if (!row.is_complete && !options.with_partial) {
      ++partial;
      return;
    }
    std::string bundle;
    store.read_payload(row.digest, [&](ConstBytes piece) {
      bundle.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    });
    file.write(fleet::parse_bundle(bundle).payload);
    file.flush();
    ++results;
  });
  fmt::print(stderr, "utnt fleet export: {} results{}\n", results,
             partial == 0 ? "" : fmt::format(", {} partial ones left out (--partial takes them)", partial));
  return ExitCode::done;
}

namespace {

/// Results that no key vouches for which their node had when they came.
std::uint64_t count_unsigned(const fleet::Store& store) {
  std::uint64_t count = 0;
  store.each_result({}, [&](const fleet::ResultRow& row) {
    const auto statement = fleet::result_statement(row.job, row.attempt, row.digest);
    const auto keys = store.keys_at(row.node, row.received_ns);
    const bool is_signed = std::ranges::any_of(keys, [&](const std::string& text) {
      const auto key = fleet::parse_key_text(text);
      return key && fleet::is_statement_by(*key, fleet::Purpose::result, statement, row.signature);
    });
    if (is_signed) return;
    ++count;
    fmt::print("result {} of job {} is not signed by a key that {} had then\n", row.digest.substr(0, 12),
               row.job.substr(0, 12), printable(row.node));
  });
  return count;
}

}  // namespace

ExitCode fleet_audit(const FleetListOptions& options) {
  const auto store = FleetHome{options.directory}.open_store(fleet::Access::reader);
  for (const auto& row : store.audit(options.limit)) {
    fmt::print("{} {}  {}: {} {}\n", row.number, os_linux::utc_text(row.at_ns), printable(row.entry.who),
               printable(row.entry.action), printable(row.entry.detail));
  }
  const auto broken = store.broken_audit();
  const auto balance = store.balance();
  fmt::print("ledger: {} jobs accepted", balance.accepted);
  for (std::size_t i = 0; i < fleet::job_states; ++i)
    if (balance.in_state[i] != 0) fmt::print(", {} {}", balance.in_state[i], fleet::job_state_names[i]);
  fmt::print("; {} results, {} of them beside their job\n", balance.results, balance.late_results);
  const auto unsigned_results = count_unsigned(store);
  fmt::print("signatures: {} of {} results are signed by a key that their node had then\n",
             balance.results - unsigned_results, balance.results);
  if (broken) fmt::print("the audit log was altered: row {} does not follow from the one before\n", *broken);
  if (!balance.alert.empty()) fmt::print("the ledger does not balance: {}\n", balance.alert);
  return broken || !balance.alert.empty() || unsigned_results != 0 ? ExitCode::done_with_failures : ExitCode::done;
}

}  // namespace utnt::apps
