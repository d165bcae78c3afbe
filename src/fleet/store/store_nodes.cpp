// SPDX-License-Identifier: BSD-2-Clause
// Nodes, their keys, block lists and the audit log in the store.
#include <fmt/format.h>

#include "fleet/store/audit_hash.hpp"
#include "fleet/store/database.hpp"
#include "fleet/store/store.hpp"
#include "fleet/store/write_rows.hpp"

namespace utnt::fleet {
namespace {

constexpr std::string_view node_query =
    "SELECT name, host_key, public_key, capabilities, enrolled_ns, checked_ns, revoked_ns FROM nodes";

NodeRow node_from(const Query& query) {
  return {.name = query.text(0),
          .host_key = query.text(1),
          .public_key = query.text(2),
          .capabilities = query.text(3),
          .enrolled_ns = query.number(4),
          .checked_ns = query.number(5),
          .revoked_ns = query.number_or_nothing(6)};
}

std::vector<std::string> all_texts(Query& query) {
  std::vector<std::string> texts;
  while (query.step()) texts.push_back(query.text(0));
  return texts;
}

AuditRow audit_from(const Query& query) {
  return {.number = query.count(0),
          .at_ns = query.number(1),
          .entry = {.who = query.text(2), .action = query.text(3), .detail = query.text(4)},
          .previous = query.text(5),
          .hash = query.text(6)};
}

}  // namespace

void put_node_row(Database& database, const NodeRow& node, const RowClock& clock) {
  if (!node.public_key.empty()) {
    if (Query query{database, "SELECT node FROM node_keys WHERE public_key = ? AND node <> ?"};
        query.with(node.public_key, node.name).step())
      throw StoreFailure{StoreProblem::conflict,
                         fmt::format("node {}: its key is that of node {}; enrol it again with a key of its own",
                                     node.name, query.text(0))};
    Query{database, "INSERT INTO node_keys(public_key, node, added_ns) VALUES(?,?,?) ON CONFLICT DO NOTHING"}
        .with(node.public_key, node.name, clock.now_ns)
        .run();
  }
  // Somebody else may have revoked it or rotated its key since this row was read: neither is undone.
  Query{database,
        "INSERT INTO nodes(name, host_key, public_key, capabilities, enrolled_ns, checked_ns, revoked_ns)"
        " VALUES(?,?,?,?,?,?,?) ON CONFLICT(name) DO UPDATE SET host_key = excluded.host_key,"
        " public_key = CASE WHEN EXISTS(SELECT 1 FROM node_keys k WHERE k.public_key = excluded.public_key AND"
        " k.revoked_ns IS NOT NULL) THEN nodes.public_key ELSE excluded.public_key END,"
        " capabilities = excluded.capabilities, enrolled_ns = excluded.enrolled_ns, checked_ns = excluded.checked_ns,"
        " revoked_ns = coalesce(nodes.revoked_ns, excluded.revoked_ns)"}
      .with(node.name, node.host_key, node.public_key, node.capabilities, node.enrolled_ns, node.checked_ns,
            node.revoked_ns)
      .run();
}

void put_block_list_ack(Database& database, const BlockListAck& ack, const RowClock& clock) {
  Query{database, "INSERT OR REPLACE INTO block_list_acks(node, digest, at_ns) VALUES(?,?,?)"}
      .with(ack.node, ack.digest, clock.now_ns)
      .run();
}

void Store::put_node(const NodeRow& node) {
  Changes changes;
  changes.nodes = {node};
  commit(changes);
}

void Store::revoke_node(const std::string& name) {
  Transaction transaction{*database_};
  const auto now = wall_now_ns();
  Query{*database_, "UPDATE nodes SET revoked_ns = ? WHERE name = ? AND revoked_ns IS NULL"}.with(now, name).run();
  Query{*database_, "UPDATE node_keys SET revoked_ns = ?1 WHERE node = ?2 AND (revoked_ns IS NULL OR revoked_ns > ?1)"}
      .with(now, name)
      .run();
  transaction.commit();
}

void Store::rotate_node_key(const std::string& name, const std::string& next, Duration grace, const AuditEntry& audit) {
  Transaction transaction{*database_};
  const auto now = wall_now_ns();
  const auto refuse = [&](std::string_view why) {
    return StoreFailure{StoreProblem::conflict, fmt::format("node {}: {}", name, why)};
  };
  const auto node = find_node(name);
  if (!node || node->public_key.empty()) throw refuse("it is not enrolled");
  if (node->revoked_ns) throw refuse("its key was revoked");
  if (Query query{*database_, "SELECT node FROM node_keys WHERE public_key = ?"}; query.with(next).step())
    throw refuse(fmt::format("its new key is no new one: node {} has or had it", query.text(0)));
  Query{*database_, "INSERT INTO node_keys(public_key, node, added_ns) VALUES(?,?,?)"}.with(next, name, now).run();
  Query{*database_, "UPDATE node_keys SET revoked_ns = ? WHERE public_key = ? AND revoked_ns IS NULL"}
      .with(now + grace.ns(), node->public_key)
      .run();
  Query{*database_, "UPDATE nodes SET public_key = ? WHERE name = ?"}.with(next, name).run();
  put_audit(*database_, audit, {.clocks = clocks_, .row = clock_row_, .now_ns = now});
  transaction.commit();
}

std::vector<std::string> Store::believed_keys(std::string_view name) const {
  Query query{*database_,
              "SELECT k.public_key FROM node_keys k JOIN nodes n ON n.name = k.node WHERE n.name = ?1 AND n.revoked_ns "
              "IS NULL AND (k.revoked_ns > ?2 OR (k.revoked_ns IS NULL AND k.public_key = n.public_key))"};
  return all_texts(query.with(name, wall_now_ns()));
}

std::vector<std::string> Store::keys_at(std::string_view name, std::int64_t at_ns) const {
  Query query{*database_, "SELECT public_key FROM node_keys WHERE node = ? AND (revoked_ns IS NULL OR revoked_ns > ?)"};
  return all_texts(query.with(name, at_ns));
}

std::optional<NodeRow> Store::find_node(std::string_view name) const {
  const auto sql = fmt::format("{} WHERE name = ?", node_query);
  Query query{*database_, sql};
  return query.with(name).step() ? std::optional{node_from(query)} : std::nullopt;
}

std::vector<NodeRow> Store::nodes() const {
  const auto sql = fmt::format("{} ORDER BY name", node_query);
  Query query{*database_, sql};
  std::vector<NodeRow> rows;
  while (query.step()) rows.push_back(node_from(query));
  return rows;
}

std::vector<NodeKeyRow> Store::node_keys(std::string_view name) const {
  Query query{*database_,
              "SELECT public_key, node, added_ns, revoked_ns FROM node_keys WHERE node = ? ORDER BY added_ns, rowid"};
  query.with(name);
  std::vector<NodeKeyRow> rows;
  while (query.step())
    rows.push_back({.public_key = query.text(0),
                    .node = query.text(1),
                    .added_ns = query.number(2),
                    .revoked_ns = query.number_or_nothing(3)});
  return rows;
}

std::optional<std::string> Store::owner_of_key(std::string_view public_key) const {
  Query query{*database_, "SELECT node FROM node_keys WHERE public_key = ?"};
  return query.with(public_key).step() ? std::optional{query.text(0)} : std::nullopt;
}

void Store::put_block_list(const BlockListRow& list) {
  Transaction transaction{*database_};
  // A list that was in force before comes into force again: it gets a new number.
  Query{*database_, "INSERT OR REPLACE INTO block_lists(digest, text, signature, added_ns) VALUES(?,?,?,?)"}
      .with(list.digest, list.text, list.signature, list.added_ns != 0 ? list.added_ns : wall_now_ns())
      .run();
  transaction.commit();
}

std::optional<BlockListRow> Store::block_list() const {
  Query query{*database_, "SELECT digest, text, signature, added_ns FROM block_lists ORDER BY number DESC LIMIT 1"};
  if (!query.step()) return std::nullopt;
  return BlockListRow{
      .digest = query.text(0), .text = query.text(1), .signature = query.text(2), .added_ns = query.number(3)};
}

void Store::block_list_acknowledged(const std::string& node, const std::string& digest) {
  Changes changes;
  changes.block_list_acks = {{.node = node, .digest = digest}};
  commit(changes);
}

std::map<std::string, std::string> Store::block_list_acks() const {
  Query query{*database_, "SELECT node, digest FROM block_list_acks"};
  std::map<std::string, std::string> acks;
  while (query.step()) acks.emplace(query.text(0), query.text(1));
  return acks;
}

void Store::append_audit(const AuditEntry& entry) {
  Changes changes;
  changes.audit = {entry};
  commit(changes);
}

std::vector<AuditRow> Store::audit(std::size_t limit) const {
  Query query{*database_,
              "SELECT number, at_ns, who, action, detail, previous, hash FROM audit ORDER BY number DESC LIMIT ?"};
  query.with(limit);
  std::vector<AuditRow> rows;
  while (query.step()) rows.push_back(audit_from(query));
  return rows;
}

std::optional<std::uint64_t> Store::broken_audit() const {
  Query query{*database_, "SELECT number, at_ns, who, action, detail, previous, hash FROM audit ORDER BY number"};
  std::string previous;
  std::uint64_t number = 0;
  while (query.step()) {
    const auto row = audit_from(query);
    if (row.number != ++number || row.previous != previous || audit_hash(row) != row.hash) return number;
    previous = row.hash;
  }
  return std::nullopt;
}

}  // namespace utnt::fleet
