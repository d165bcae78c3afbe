// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "fleet/store/audit_hash.hpp"
#include "fleet/store/test_store.hpp"

namespace utnt::fleet::test {
namespace {

/// Changes the file behind the store's back.
void run_sql(const std::string& path, const char* sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
  sqlite3_close(handle);
}

TEST(StoreNodes, KeepsTheKeysThatANodeHad) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  store.put_node({.name = "a", .host_key = "ssh-ed25519 AAAA", .public_key = "old", .capabilities = "{}"});
  store.put_node({.name = "a", .host_key = "ssh-ed25519 AAAA", .public_key = "new", .capabilities = "{\"kvm\":false}"});
  EXPECT_EQ(store.find_node("a")->public_key, "new");
  EXPECT_EQ(store.find_node("a")->capabilities, "{\"kvm\":false}");
  const auto keys = store.node_keys("a");
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys.at(0).public_key, "old");
  EXPECT_EQ(store.nodes().size(), 1U);
  EXPECT_FALSE(store.find_node("b"));
}

TEST(StoreNodes, RevokesANodeWithAllItsKeys) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  store.put_node({.name = "a", .public_key = "key"});
  store.revoke_node("a");
  EXPECT_TRUE(store.find_node("a")->revoked_ns);
  EXPECT_TRUE(store.node_keys("a").at(0).revoked_ns);
  store.put_node({.name = "a", .public_key = "key"});
  EXPECT_TRUE(store.find_node("a")->revoked_ns) << "a row that was read before the revocation";
}

TEST(StoreNodes, RotatesAKeyAndKeepsTheOldOneAsRevoked) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  store.put_node({.name = "a", .host_key = "h", .public_key = "old", .capabilities = "{}"});
  constexpr Duration grace{60'000'000'000};
  store.rotate_node_key("a", "new", grace, {.who = "operator", .action = "rotate", .detail = "a"});
  EXPECT_EQ(store.find_node("a")->public_key, "new");
  EXPECT_EQ(store.find_node("a")->host_key, "h");
  EXPECT_EQ(store.believed_keys("a"), (std::vector<std::string>{"old", "new"})) << "results are on their way";
  const auto keys = store.node_keys("a");
  ASSERT_EQ(keys.size(), 2U);
  ASSERT_TRUE(keys.at(0).revoked_ns);
  EXPECT_FALSE(keys.at(1).revoked_ns);
  EXPECT_EQ(store.keys_at("a", *keys.at(0).revoked_ns - 1), (std::vector<std::string>{"old", "new"}));
  EXPECT_EQ(store.keys_at("a", *keys.at(0).revoked_ns), std::vector<std::string>{"new"});
  EXPECT_EQ(store.audit(1).at(0).entry.action, "rotate");
  EXPECT_FALSE(store.broken_audit());
}

TEST(StoreNodes, TakesAKeyNeverAgainThatWasRotatedAway) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  store.put_node({.name = "a", .public_key = "one"});
  store.put_node({.name = "b", .public_key = "others"});
  store.rotate_node_key("a", "two", Duration{0}, {});
  EXPECT_EQ(store.believed_keys("a"), std::vector<std::string>{"two"});
  const auto rotate = [&](const char* node, const char* key) {
    return problem_of([&] { store.rotate_node_key(node, key, Duration{0}, {.who = "x"}); });
  };
  for (const auto* const key : {"one", "two", "others"}) EXPECT_EQ(rotate("a", key), StoreProblem::conflict) << key;
  EXPECT_EQ(rotate("nobody", "three"), StoreProblem::conflict);
  store.put_node({.name = "a", .public_key = "one", .capabilities = "{}"});
  EXPECT_EQ(store.find_node("a")->public_key, "two") << "a row that was read before the rotation";
  EXPECT_EQ(store.find_node("a")->capabilities, "{}");
  store.put_node({.name = "c", .public_key = ""});
  EXPECT_EQ(rotate("c", "three"), StoreProblem::conflict) << "it was never enrolled";
  store.revoke_node("a");
  EXPECT_EQ(rotate("a", "three"), StoreProblem::conflict);
  EXPECT_EQ(store.believed_keys("a"), std::vector<std::string>{});
  EXPECT_EQ(store.node_keys("a").size(), 2U);
  EXPECT_EQ(store.audit(10).size(), 1U) << "what was refused is not in the log";
}

TEST(StoreNodes, CutsTheGraceOfARotatedKeyShortWhenTheNodeIsRevoked) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  store.put_node({.name = "a", .public_key = "one"});
  store.rotate_node_key("a", "two", Duration{3'600'000'000'000}, {});
  store.revoke_node("a");
  const auto keys = store.node_keys("a");
  EXPECT_EQ(keys.at(0).revoked_ns, keys.at(1).revoked_ns);
  EXPECT_EQ(store.believed_keys("a"), std::vector<std::string>{});
}

TEST(StoreNodes, RefusesTwoNodesWithOneKey) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  store.put_node({.name = "a", .public_key = "key"});
  EXPECT_EQ(problem_of([&] { store.put_node({.name = "b", .public_key = "key"}); }), StoreProblem::conflict);
  EXPECT_FALSE(store.find_node("b"));
}

TEST(StoreNodes, HasTheBlockListInForceThatWasPutLast) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  EXPECT_FALSE(store.block_list());
  store.put_block_list({.digest = "one", .text = "192.0.2.0/24\n"});
  store.put_block_list({.digest = "two", .text = ""});
  EXPECT_EQ(store.block_list()->digest, "two");
  store.put_block_list({.digest = "one", .text = "192.0.2.0/24\n"});
  EXPECT_EQ(store.block_list()->text, "192.0.2.0/24\n");
  store.block_list_acknowledged("a", "two");
  store.block_list_acknowledged("a", "one");
  EXPECT_EQ(store.block_list_acks(), (std::map<std::string, std::string>{{"a", "one"}}));
}

TEST(StoreAudit, ChainsItsEntries) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  for (int i = 0; i < 5; ++i) store.append_audit({.who = "operator", .action = "stop", .detail = std::to_string(i)});
  const auto rows = store.audit(2);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows.at(0).entry.detail, "4");
  EXPECT_EQ(rows.at(0).previous, rows.at(1).hash);
  EXPECT_FALSE(store.broken_audit());
}

TEST(StoreAudit, HashesAsTheReferenceSays) {
  // printf '0:,1:1,1:7,1:a,1:b,2:cd,' | sha256sum
  const AuditRow row{.number = 1, .at_ns = 7, .entry = {.who = "a", .action = "b", .detail = "cd"}};
  EXPECT_EQ(audit_hash(row), "0fbbea5a0d0a3a5352ffe581c6ff65b918a4279ee9953159043f602d9acae885");
}

TEST(StoreAudit, ShowsARowThatWasChangedRemovedOrMoved) {
  for (const auto* const sql : {"DROP TRIGGER audit_unchanged; UPDATE audit SET detail = 'x' WHERE number = 3",
                                "DROP TRIGGER audit_kept; DELETE FROM audit WHERE number = 3",
                                "DROP TRIGGER audit_unchanged; UPDATE audit SET at_ns = 0 WHERE number = 3"}) {
    TemporaryDirectory directory;
    auto store = Store::open(directory / "db");
    for (int i = 0; i < 5; ++i) store.append_audit({.who = "operator", .action = "stop", .detail = std::to_string(i)});
    run_sql(directory / "db", sql);
    EXPECT_EQ(store.broken_audit(), 3U) << sql;
  }
}

TEST(StoreImages, AreFoundByDigestAndByTheirNewestName) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  store.put_image({.digest = "d1", .name = "utnt", .bytes = 10, .signature = "s", .added_ns = 1});
  store.put_image({.digest = "d2", .name = "utnt", .bytes = 20, .signature = "s", .added_ns = 2});
  EXPECT_EQ(store.find_image("utnt")->digest, "d2");
  EXPECT_EQ(store.find_image("d1")->bytes, 10U);
  EXPECT_EQ(store.images().size(), 2U);
  EXPECT_EQ(store.find_image("d1")->used_ns, 0);
  store.image_used("d1");
  EXPECT_GT(store.find_image("d1")->used_ns, 0);
  EXPECT_TRUE(store.remove_image("d2"));
  EXPECT_FALSE(store.remove_image("d2"));
}

TEST(StoreImages, StayWhileAJobNeedsThem) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  auto job = job_of(1);
  store.put_image({.digest = job.order.image, .name = "utnt"});
  store.commit({.jobs = {job}});
  EXPECT_EQ(problem_of([&] { store.remove_image(job.order.image); }), StoreProblem::conflict);
  job.state = JobState::cancelled;
  store.commit({.jobs = {job}});
  EXPECT_TRUE(store.remove_image(job.order.image));
}

TEST(StoreCampaigns, AddNothingWhenTheyAreStartedTwice) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  EXPECT_EQ(store.start_campaign("paper", "list-1", 59), CampaignStart::created);
  store.commit({.jobs = {job_of(1)}, .events = {{.campaign = "paper", .event = 1, .jobs = 1}}});
  EXPECT_EQ(store.start_campaign("paper", "list-1", 59), CampaignStart::resumed);
  store.commit({.jobs = {job_of(1)}, .events = {{.campaign = "paper", .event = 1, .jobs = 1}}});
  EXPECT_EQ(store.balance().accepted, 1U);
  EXPECT_EQ(store.events_had("paper"), std::set<std::uint64_t>{1});
  EXPECT_EQ(store.events_had("other"), std::set<std::uint64_t>{});
}

TEST(StoreCampaigns, RefuseAnotherListUnderTheSameName) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  store.start_campaign("paper", "list-1", 59);
  EXPECT_EQ(problem_of([&] { store.start_campaign("paper", "list-2", 60); }), StoreProblem::conflict);
}

TEST(StoreLedger, LosesNoRowToAnybodyWhoAsksForIt) {
  TemporaryDirectory directory;
  Store::open(directory / "db").commit({.jobs = {job_of(1, JobState::cancelled)}});
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open((directory / "db").c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, "DELETE FROM jobs", nullptr, nullptr, nullptr), SQLITE_CONSTRAINT);
  EXPECT_EQ(sqlite3_exec(handle, "UPDATE jobs SET state = 0", nullptr, nullptr, nullptr), SQLITE_CONSTRAINT);
  sqlite3_close(handle);
  run_sql(directory / "db", "DROP TRIGGER jobs_kept; DELETE FROM history; DELETE FROM attempts; DELETE FROM jobs");
  EXPECT_NE(Store::open(directory / "db").balance().alert.find("1 jobs were accepted and 0 have a state"),
            std::string::npos);
}

}  // namespace
}  // namespace utnt::fleet::test
