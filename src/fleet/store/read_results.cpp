// SPDX-License-Identifier: BSD-2-Clause
// Questions about results, and their payloads.
#include <fmt/format.h>

#include <stdexcept>

#include "fleet/store/database.hpp"
#include "fleet/store/payload.hpp"
#include "fleet/store/store.hpp"
#include "fleet/trust/digest.hpp"

namespace utnt::fleet {
namespace {

constexpr std::string_view row_query =
    "SELECT digest, results.job, results.attempt, results.node, signature, is_complete, is_late, received_ns, bytes,"
    " stored_bytes, header, coalesce(campaign, ''), coalesce(event, 0) FROM results LEFT JOIN jobs ON jobs.id = "
    "results.job";

ResultRow row_from(const Query& query) {
  return {.digest = query.text(0),
          .job = query.text(1),
          .attempt = static_cast<std::uint32_t>(query.number(2)),
          .node = query.text(3),
          .signature = query.text(4),
          .is_complete = query.number(5) != 0,
          .is_late = query.number(6) != 0,
          .received_ns = query.number(7),
          .bytes = query.count(8),
          .stored_bytes = query.count(9),
          .header = query.text(10),
          .campaign = query.text(11),
          .event = query.count(12)};
}

}  // namespace

std::set<std::string> Store::held(const std::vector<std::string>& digests) const {
  std::set<std::string> out;
  for (const auto& digest : digests) {
    Query query{*database_, "SELECT 1 FROM results WHERE digest = ?"};
    if (query.with(digest).step()) out.insert(digest);
  }
  return out;
}

std::optional<ResultRow> Store::find_result(std::string_view digest) const {
  const auto sql = fmt::format("{} WHERE digest = ?", row_query);
  Query query{*database_, sql};
  return query.with(digest).step() ? std::optional{row_from(query)} : std::nullopt;
}

std::vector<ResultRow> Store::results_of(std::string_view job) const {
  const auto sql = fmt::format("{} WHERE results.job = ? ORDER BY results.number", row_query);
  Query query{*database_, sql};
  query.with(job);
  std::vector<ResultRow> rows;
  while (query.step()) rows.push_back(row_from(query));
  return rows;
}

void Store::each_result(std::string_view campaign, const std::function<void(const ResultRow&)>& row) const {
  const auto sql = fmt::format("{} WHERE ?1 = '' OR campaign = ?1 ORDER BY results.number", row_query);
  Query query{*database_, sql};
  query.with(campaign);
  while (query.step()) row(row_from(query));
}

bool Store::read_payload(std::string_view digest, const std::function<void(ConstBytes)>& piece) const {
  Query result{*database_, "SELECT number, bytes FROM results WHERE digest = ?"};
  if (!result.with(digest).step()) return false;
  const auto damaged = [&](const std::string& what) {
    return StoreFailure{StoreProblem::corrupt,
                        fmt::format("store {}: result {} is damaged: {}; restore a backup", path(), digest, what)};
  };
  Sha256 hash;
  std::uint64_t bytes = 0;
  Query chunks{*database_, "SELECT raw_bytes, data FROM result_chunks WHERE result = ? ORDER BY number"};
  chunks.with(result.number(0));
  while (chunks.step()) {
    std::vector<std::byte> raw;
    try {
      raw = decompress_piece(chunks.blob(1), static_cast<std::size_t>(chunks.number(0)));
    } catch (const std::runtime_error& problem) {
      throw damaged(problem.what());
    }
    hash.add(ConstBytes{raw});
    bytes += raw.size();
    piece(raw);
  }
  if (bytes != result.count(1)) throw damaged(fmt::format("{} bytes instead of {}", bytes, result.count(1)));
  if (hash.hex() != digest) throw damaged("its digest is another");
  return true;
}

}  // namespace utnt::fleet
