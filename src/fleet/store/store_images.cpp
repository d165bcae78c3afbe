// SPDX-License-Identifier: BSD-2-Clause
// Images and campaigns in the store.
#include <fmt/format.h>

#include "fleet/store/database.hpp"
#include "fleet/store/store.hpp"
#include "fleet/store/write_rows.hpp"

namespace utnt::fleet {
namespace {

constexpr std::string_view image_query = "SELECT digest, name, bytes, signature, added_ns, used_ns FROM images";

ImageRow image_from(const Query& query) {
  return {.digest = query.text(0),
          .name = query.text(1),
          .bytes = query.count(2),
          .signature = query.text(3),
          .added_ns = query.number(4),
          .used_ns = query.number(5)};
}

}  // namespace

void put_image_use(Database& database, const std::string& digest, const RowClock& clock) {
  Query{database, "UPDATE images SET used_ns = ? WHERE digest = ?"}.with(clock.now_ns, digest).run();
}

void Store::put_image(const ImageRow& image) {
  Transaction transaction{*database_};
  Query{*database_,
        "INSERT INTO images(digest, name, bytes, signature, added_ns, used_ns) VALUES(?,?,?,?,?,?) ON CONFLICT(digest)"
        " DO UPDATE SET name = excluded.name, signature = excluded.signature"}
      .with(image.digest, image.name, image.bytes, image.signature,
            image.added_ns != 0 ? image.added_ns : wall_now_ns(), image.used_ns)
      .run();
  transaction.commit();
}

void Store::image_used(const std::string& digest) {
  Changes changes;
  changes.images_used = {digest};
  commit(changes);
}

bool Store::remove_image(const std::string& digest) {
  Transaction transaction{*database_};
  if (Query query{*database_, "SELECT id FROM jobs WHERE image = ? AND state < 4 LIMIT 1"}; query.with(digest).step())
    throw StoreFailure{StoreProblem::conflict,
                       fmt::format("image {} is needed by job {} and others that have not ended; cancel them first",
                                   digest, query.text(0))};
  Query{*database_, "DELETE FROM images WHERE digest = ?"}.with(digest).run();
  const bool was_there = database_->changed_rows() != 0;
  transaction.commit();
  return was_there;
}

std::vector<ImageRow> Store::images() const {
  const auto sql = fmt::format("{} ORDER BY name, added_ns DESC, digest", image_query);
  Query query{*database_, sql};
  std::vector<ImageRow> rows;
  while (query.step()) rows.push_back(image_from(query));
  return rows;
}

std::optional<ImageRow> Store::find_image(std::string_view digest_or_name) const {
  const auto sql = fmt::format("{} WHERE digest = ?1 OR name = ?1 ORDER BY digest = ?1 DESC, added_ns DESC, rowid DESC",
                               image_query);
  Query query{*database_, sql};
  return query.with(digest_or_name).step() ? std::optional{image_from(query)} : std::nullopt;
}

std::string Store::image_directory() const { return path() + ".images"; }

CampaignStart Store::start_campaign(const std::string& name, const std::string& list_digest, std::uint64_t events) {
  Transaction transaction{*database_};
  if (Query query{*database_, "SELECT list_digest FROM campaigns WHERE name = ?"}; query.with(name).step()) {
    if (query.text(0) == list_digest) return CampaignStart::resumed;
    throw StoreFailure{
        StoreProblem::conflict,
        fmt::format("campaign {} was started with another list ({}...); give this one ({}...) another name", name,
                    query.text(0).substr(0, 12), list_digest.substr(0, 12))};
  }
  Query{*database_, "INSERT INTO campaigns(name, list_digest, events, started_ns) VALUES(?,?,?,?)"}
      .with(name, list_digest, events, wall_now_ns())
      .run();
  transaction.commit();
  return CampaignStart::created;
}

std::set<std::uint64_t> Store::events_had(std::string_view campaign) const {
  Query query{*database_, "SELECT event FROM events WHERE campaign = ?"};
  query.with(campaign);
  std::set<std::uint64_t> events;
  while (query.step()) events.insert(query.count(0));
  return events;
}

}  // namespace utnt::fleet
