// SPDX-License-Identifier: BSD-2-Clause
// Opening: who may, what is refused, and what the message says.
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "fleet/store/database.hpp"
#include "fleet/store/schema.hpp"
#include "fleet/store/test_store.hpp"

namespace utnt::fleet::test {
namespace {

using os_linux::ExitCode;

struct Refusal {
  StoreProblem problem{StoreProblem::other};
  ExitCode code{ExitCode::done};
  std::string text;
};
Refusal refusal_of(const std::string& path, Access access = Access::controller) {
  try {
    Store::open(path, {.access = access, .busy = Duration{}});
  } catch (const StoreFailure& failure) {
    return {.problem = failure.problem(), .code = failure.code(), .text = failure.what()};
  }
  ADD_FAILURE() << "it was opened";
  return {};
}

void run_sql(const std::string& path, const char* sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
  sqlite3_close(handle);
}

/// Runs it in a child process and returns its exit status.
template <class Function>
int status_of_child(const Function& function) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(function());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(StoreOpen, RefusesASecondControllerAndNamesTheFirst) {
  TemporaryDirectory directory;
  const auto path = directory / "db";
  {
    const auto first = Store::open(path);
    const auto refusal = refusal_of(path);
    EXPECT_EQ(refusal.problem, StoreProblem::locked);
    EXPECT_EQ(refusal.code, ExitCode::environment);
    EXPECT_NE(refusal.text.find("another controller (process " + std::to_string(::getpid()) + ")"), std::string::npos)
        << refusal.text;
  }
  EXPECT_NO_THROW(Store::open(path)) << "once the first has gone";
}

TEST(StoreOpen, LetsAControllerInAfterOneThatWasKilled) {
  TemporaryDirectory directory;
  const auto path = directory / "db";
  const pid_t child = ::fork();
  if (child == 0) {
    const auto store = Store::open(path);
    ::raise(SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_NO_THROW(Store::open(path));
}

TEST(StoreOpen, LetsReadersAndToolsWorkBesideAController) {
  TemporaryDirectory directory;
  const auto path = directory / "db";
  auto controller = Store::open(path);
  const auto reader = Store::open(path, {.access = Access::reader});
  auto tool = Store::open(path, {.access = Access::tool});
  controller.commit({.jobs = {job_of(1)}});
  tool.put_image({.digest = "d", .name = "utnt"});
  EXPECT_EQ(reader.list_jobs({}).size(), 1U);
  EXPECT_TRUE(reader.find_image("utnt"));
  EXPECT_TRUE(controller.find_image("utnt"));
  tool.append_audit({.who = "tool", .action = "image add", .detail = "d"});
  controller.append_audit({.who = "controller", .action = "stop", .detail = ""});
  EXPECT_FALSE(reader.broken_audit()) << "two writers make one chain";
}

TEST(StoreOpen, GivesUpOnALongForeignTransactionWithAClearMessage) {
  TemporaryDirectory directory;
  const auto path = directory / "db";
  auto store = Store::open(path, {.busy = Duration{20'000'000}});
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(problem_of([&] { store.commit({.jobs = {job_of(1)}}); }), StoreProblem::locked);
  sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  EXPECT_NO_THROW(store.commit({.jobs = {job_of(1)}}));
}

TEST(StoreOpen, RefusesAStoreOfANewerVersionAndLeavesItAlone) {
  TemporaryDirectory directory;
  const auto path = directory / "db";
  Store::open(path).commit({.jobs = {job_of(1)}});
  run_sql(path, "PRAGMA user_version = 1000");
  for (const auto access : {Access::controller, Access::tool, Access::reader}) {
    const auto refusal = refusal_of(path, access);
    EXPECT_EQ(refusal.problem, StoreProblem::newer);
    EXPECT_EQ(refusal.code, ExitCode::bad_input);
    EXPECT_NE(refusal.text.find("version 1000"), std::string::npos) << refusal.text;
  }
}

TEST(StoreOpen, BringsAnOlderStoreUpToDateAndKeepsItsRows) {
  TemporaryDirectory directory;
  const auto path = directory / "db";
  Store::open(path).commit({.jobs = {job_of(1)}});
  // What a later version of this program will do with today's file: one more step.
  std::vector<const char*> steps{schema_steps().begin(), schema_steps().end()};
  steps.push_back("ALTER TABLE jobs ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'");
  {
    Database database{path, Database::Mode::read_write, Duration{}};
    bring_up_to_date(database, steps);
    EXPECT_EQ(schema_version(database, steps.size()), static_cast<std::int64_t>(steps.size()));
    Query query{database, "SELECT colour, id FROM jobs"};
    ASSERT_TRUE(query.step());
    EXPECT_EQ(query.text(0), "red");
    EXPECT_EQ(query.text(1), job_of(1).order.id);
  }
  EXPECT_EQ(refusal_of(path).problem, StoreProblem::newer) << "for today's program";
}

TEST(StoreOpen, LeavesAStoreAsItWasWhenAStepFails) {
  TemporaryDirectory directory;
  const auto path = directory / "db";
  Store::open(path).commit({.jobs = {job_of(1)}});
  std::vector<const char*> steps{schema_steps().begin(), schema_steps().end()};
  steps.push_back("CREATE TABLE half(x); ALTER TABLE nothing ADD COLUMN x");
  {
    Database database{path, Database::Mode::read_write, Duration{}};
    EXPECT_THROW(bring_up_to_date(database, steps), StoreFailure);
  }
  EXPECT_EQ(Store::open(path).list_jobs({}).size(), 1U);
}

TEST(StoreOpen, AsksForAControllerWhereAReaderMeetsAnOlderStore) {
  TemporaryDirectory directory;
  std::ofstream{directory / "db"};
  const auto refusal = refusal_of(directory / "db", Access::reader);
  EXPECT_NE(refusal.text.find("start a controller once"), std::string::npos) << refusal.text;
}

TEST(StoreOpen, RefusesWhatIsNoStore) {
  TemporaryDirectory directory;
  const auto path = directory / "db";
  std::ofstream{path} << std::string(5'000, 'x');
  EXPECT_EQ(refusal_of(path).problem, StoreProblem::corrupt);
  const auto foreign = directory / "foreign";
  run_sql(foreign, "CREATE TABLE recipes(name TEXT)");
  const auto refusal = refusal_of(foreign);
  EXPECT_EQ(refusal.problem, StoreProblem::corrupt);
  EXPECT_EQ(refusal.code, ExitCode::bad_input);
  EXPECT_NE(refusal.text.find("another program"), std::string::npos) << refusal.text;
}

TEST(StoreOpen, SaysThatADamagedStoreIsDamaged) {
  TemporaryDirectory directory;
  const auto path = directory / "db";
  {
    auto store = Store::open(path);
    for (std::uint64_t i = 0; i < 200; ++i) store.commit({.jobs = {job_of(i)}});
  }
  {
    // Everything behind the first page: the tables are named and lie elsewhere.
    std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
    file.seekg(0, std::ios::end);
    const auto size = static_cast<std::size_t>(file.tellg());
    constexpr std::size_t page = 4'096;
    ASSERT_GT(size, 20 * page);
    file.seekp(page);
    file << std::string(size - page, '\x5a');
  }
  const auto read_all = [&] { return Store::open(path, {.access = Access::reader}).list_jobs({}).size(); };
  EXPECT_EQ(problem_of(read_all), StoreProblem::corrupt);
}

TEST(StoreOpen, SaysThatAPayloadIsDamaged) {
  TemporaryDirectory directory;
  const auto path = directory / "db";
  const auto job = job_of(1);
  const std::string payload(1'000, 'x');
  const auto result = result_of(job, payload);
  Store::open(path).store_result(result, {done_by(job, result)});
  for (const auto* const sql : {"UPDATE result_chunks SET data = x'00'", "DELETE FROM result_chunks"}) {
    run_sql(path, sql);
    const auto store = Store::open(path);
    EXPECT_EQ(problem_of([&] { store.read_payload(result.digest, [](ConstBytes) {}); }), StoreProblem::corrupt) << sql;
  }
}

TEST(StoreOpen, SaysThatThereIsNothingToRead) {
  TemporaryDirectory directory;
  EXPECT_EQ(refusal_of(directory / "none", Access::reader).problem, StoreProblem::missing);
  EXPECT_EQ(refusal_of(directory / "none/db").problem, StoreProblem::missing);
  EXPECT_NE(refusal_of(directory / "none/db").text.find("directory exists"), std::string::npos);
}

TEST(StoreOpen, KeepsItsFilesToTheirOwner) {
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  store.commit({.jobs = {job_of(1)}});
  for (const auto* const name : {"db", "db-wal", "db-shm", "db.lock"}) {
    struct stat about {};
    ASSERT_EQ(::stat((directory / name).c_str(), &about), 0) << name;
    EXPECT_EQ(about.st_mode & 0777U, 0600U) << name;
  }
}

TEST(StoreOpen, SaysThatItMayNotWrite) {
  TemporaryDirectory directory;
  const auto path = directory / "db";
  Store::open(path).commit({.jobs = {job_of(1)}});
  ::chmod(directory.path().c_str(), 0555);
  ::chmod(path.c_str(), 0444);
  const auto status = status_of_child([&path] {
    constexpr uid_t nobody = 65'534;
    if (::geteuid() == 0 && ::setuid(nobody) != 0) return -1;
    for (const auto access : {Access::controller, Access::tool}) {
      try {
        Store::open(path, {.access = access});
        return 1;
      } catch (const StoreFailure& failure) {
        if (failure.problem() != StoreProblem::read_only || failure.code() != ExitCode::not_permitted) {
          std::fprintf(stderr, "%s\n", failure.what());
          return 2;
        }
      }
    }
    return 0;
  });
  ::chmod(directory.path().c_str(), 0755);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace utnt::fleet::test
