// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/store/database.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "fleet/store/test_store.hpp"

namespace utnt::fleet::test {
namespace {

std::string answer(Database& database, const std::string& question) {
  Query query{database, question};
  EXPECT_TRUE(query.step()) << question;
  return query.text(0);
}

struct EmptyDatabase {
  TemporaryDirectory directory;
  std::string path{(std::ofstream{directory / "db"}, directory / "db")};
  Database database{path, Database::Mode::read_write, Duration{}};
};

TEST(Database, SynchronisesEveryCommitAndKeepsForeignKeys) {
  EmptyDatabase at;
  EXPECT_EQ(answer(at.database, "PRAGMA journal_mode"), "wal");
  EXPECT_EQ(answer(at.database, "PRAGMA synchronous"), "2") << "FULL";
  EXPECT_EQ(answer(at.database, "PRAGMA foreign_keys"), "1");
}

TEST(Database, GivesBackEveryKindOfValue) {
  EmptyDatabase at;
  at.database.execute("CREATE TABLE t(a INTEGER, b TEXT, c BLOB, d INTEGER)");
  const std::string text{"a\0b\xff", 4};
  const std::vector<std::byte> bytes{std::byte{0}, std::byte{255}};
  Query{at.database, "INSERT INTO t VALUES(?,?,?,?)"}
      .with(std::uint64_t{0xffff'ffff'ffff'fff0}, text, ConstBytes{bytes}, std::optional<std::int64_t>{})
      .run();
  Query query{at.database, "SELECT a, b, c, d FROM t"};
  ASSERT_TRUE(query.step());
  EXPECT_EQ(query.count(0), 0xffff'ffff'ffff'fff0U);
  EXPECT_EQ(query.text(1), text);
  EXPECT_EQ(std::vector<std::byte>(query.blob(2).begin(), query.blob(2).end()), bytes);
  EXPECT_TRUE(query.is_null(3));
  EXPECT_FALSE(query.number_or_nothing(3));
  EXPECT_FALSE(query.step());
}

TEST(Database, UndoesATransactionThatWasNotCommitted) {
  EmptyDatabase at;
  at.database.execute("CREATE TABLE t(a INTEGER)");
  {
    Transaction transaction{at.database};
    Query{at.database, "INSERT INTO t VALUES(1)"}.run();
  }
  EXPECT_EQ(answer(at.database, "SELECT count(*) FROM t"), "0");
  {
    Transaction transaction{at.database};
    Query{at.database, "INSERT INTO t VALUES(1)"}.run();
    transaction.commit();
  }
  EXPECT_EQ(answer(at.database, "SELECT count(*) FROM t"), "1");
}

TEST(Database, LetsOneStatementBeUsedWhileItIsInUse) {
  EmptyDatabase at;
  at.database.execute("CREATE TABLE t(a INTEGER); INSERT INTO t VALUES(1),(2),(3)");
  Query outer{at.database, "SELECT a FROM t"};
  int pairs = 0;
  while (outer.step())
    for (Query inner{at.database, "SELECT a FROM t"}; inner.step();) ++pairs;
  EXPECT_EQ(pairs, 9);
}

TEST(Database, NamesEachWriteAsAFaultPoint) {
  EmptyDatabase at;
  at.database.execute("CREATE TABLE t(a INTEGER)");
  std::vector<std::string> points;
  at.database.set_hook([&points](std::string_view point) { points.emplace_back(point); });
  Transaction transaction{at.database};
  Query{at.database, "INSERT INTO t(a) VALUES(1)"}.run();
  transaction.commit();
  EXPECT_EQ(points, (std::vector<std::string>{"before BEGIN", "before INSERT INTO t", "after INSERT INTO t",
                                              "before COMMIT", "after COMMIT"}));
}

TEST(Database, SaysWhichStatementFailedAndOnWhichFile) {
  EmptyDatabase at;
  try {
    Query{at.database, "SELECT a FROM nowhere"}.step();
    FAIL();
  } catch (const StoreFailure& failure) {
    const std::string_view text{failure.what()};
    EXPECT_NE(text.find(at.path), std::string_view::npos);
    EXPECT_NE(text.find("cannot SELECT a FROM: no such table"), std::string_view::npos) << text;
  }
}

}  // namespace
}  // namespace utnt::fleet::test
