// SPDX-License-Identifier: BSD-2-Clause
// What returned is there when the power is cut: a layer below SQLite remembers what each file held when it was last
// synchronised. At a cut every file falls back to that, or keeps what was written since, as chance will have it.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <map>
#include <sstream>

#include "base/prng.hpp"
#include "fleet/store/test_store.hpp"

namespace utnt::fleet::test {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return (std::ostringstream{} << in.rdbuf()).str();
}

/// SQLite calls functions without context: one disk for the whole test program.
struct Disk {
  struct OpenFile {
    std::string path;
    const sqlite3_io_methods* usual{nullptr};
    sqlite3_io_methods ours{};
  };
  sqlite3_vfs* usual{nullptr};
  sqlite3_vfs layer{};
  std::map<sqlite3_file*, OpenFile> files;
  std::map<std::string, std::string> synchronised;
  std::uint64_t syncs{0};
};
Disk& disk() {
  static Disk the_disk;
  return the_disk;
}

int sync_file(sqlite3_file* file, int flags) {
  const auto& open = disk().files.at(file);
  const int code = open.usual->xSync(file, flags);
  if (code == SQLITE_OK) disk().synchronised[open.path] = content_of(open.path);
  ++disk().syncs;
  return code;
}

int close_file(sqlite3_file* file) {
  const auto* const usual = disk().files.at(file).usual;
  file->pMethods = usual;
  const int code = usual->xClose(file);
  disk().files.erase(file);
  return code;
}

int open_file(sqlite3_vfs* /*layer*/, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  const int code = disk().usual->xOpen(disk().usual, name, file, flags, out_flags);
  if (code != SQLITE_OK || name == nullptr || file->pMethods == nullptr) return code;
  auto& open = disk().files[file];
  open = {.path = name, .usual = file->pMethods, .ours = *file->pMethods};
  open.ours.xSync = sync_file;
  open.ours.xClose = close_file;
  file->pMethods = &open.ours;
  return code;
}

/// While it lives, SQLite writes through the layer.
class WatchedDisk {
 public:
  WatchedDisk() {
    auto& the_disk = disk();
    the_disk.usual = sqlite3_vfs_find(nullptr);
    the_disk.layer = *the_disk.usual;
    the_disk.layer.zName = "utnt-power";
    the_disk.layer.pNext = nullptr;
    the_disk.layer.xOpen = open_file;
    the_disk.synchronised.clear();
    EXPECT_EQ(sqlite3_vfs_register(&the_disk.layer, 1), SQLITE_OK);
  }
  WatchedDisk(const WatchedDisk&) = delete;
  WatchedDisk& operator=(const WatchedDisk&) = delete;
  ~WatchedDisk() {
    sqlite3_vfs_unregister(&disk().layer);
    sqlite3_vfs_register(disk().usual, 1);
  }
  /// What a machine finds after the cut: database and log, each as synchronised or as last written.
  static void cut(const std::string& path, const std::string& found, Prng& prng) {
    for (const auto* const ending : {"", "-wal"}) {
      const auto from = path + ending;
      const auto known = disk().synchronised.find(from);
      const bool keeps_all = prng.chance(1, 3);
      if (known == disk().synchronised.end() && !keeps_all && *ending != '\0') continue;
      std::ofstream{found + ending, std::ios::binary}
          << (keeps_all || known == disk().synchronised.end() ? content_of(from) : known->second);
    }
  }
};

void commit_and_cut(Prng prng) {
  const WatchedDisk watched;
  TemporaryDirectory directory{memory_directory()};
  const auto path = directory / "db";
  std::map<std::uint64_t, std::string> stored;
  auto store = Store::open(path);
  const auto commits = 1 + prng.below(16);
  for (std::uint64_t i = 1; i <= commits; ++i) {
    std::string payload;  // random, so that it does not compress and the log is folded in sometimes
    for (auto words = prng.below(60'000); words > 0; --words) {
      const auto word = prng.next();
      payload.append(reinterpret_cast<const char*>(&word), sizeof word);
    }
    const auto job = job_of(i);
    const auto result = result_of(job, payload);
    store.store_result(result, {done_by(job, result)});
    stored.emplace(i, payload);
  }
  const auto found = directory / "after";
  WatchedDisk::cut(path, found, prng);
  const auto after = Store::open(found);
  EXPECT_EQ(after.balance().alert, "");
  EXPECT_EQ(after.balance().accepted, commits);
  for (const auto& [i, payload] : stored)
    EXPECT_TRUE(payload_of(after, sha256_hex(payload)) == payload) << "result " << i;
}

TEST(StorePower, TakesNothingFromWhatACommitReturnedFor) {
  constexpr std::uint64_t rounds = 25;
  for (std::uint64_t seed = 1; seed <= rounds; ++seed) {
    SCOPED_TRACE(seed);
    commit_and_cut(Prng{seed});
  }
}

TEST(StorePower, SynchronisesOnceForEachCommitAndMoreOnlyWhenTheLogIsFoldedIn) {
  const WatchedDisk watched;
  TemporaryDirectory directory;
  auto store = Store::open(directory / "db");
  store.commit({.jobs = {job_of(1)}});
  const auto before = disk().syncs;
  constexpr std::uint64_t commits = 20;
  for (std::uint64_t i = 2; i < 2 + commits; ++i) store.commit({.jobs = {job_of(i)}});
  EXPECT_EQ(disk().syncs - before, commits);
}

}  // namespace
}  // namespace utnt::fleet::test
