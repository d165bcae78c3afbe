// SPDX-License-Identifier: BSD-2-Clause
// The controller's writes. A disk may take its time (tens of seconds, when others keep it busy), and the controller has
// to hear its nodes, send signs of life and stop probing meanwhile: so a thread of its own waits for the disk, with a
// connection of its own. What is handed over while it waits goes into its next transaction, all together. What may
// happen only after a commit (rule R1 of the fleet specification: orders, receipts) waits here with it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/time.hpp"
#include "fleet/model/dispatcher.hpp"
#include "fleet/store/store.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::fleet {

/// Rows, and the messages that wait for them.
struct Work {
  Changes changes{};
  /// One for each of changes.results, whose payload it is.
  std::vector<std::unique_ptr<const std::string>> payloads{};
  std::vector<Outgoing> messages{};
};

struct Written {
  Work work;
  std::vector<StoredAs> stored;  ///< one for each result
};

class Committer {
 public:
  enum class Where : std::uint8_t {
    aside,    ///< on the thread
    at_once,  ///< in add(): for whoever kills controllers at an exact step
  };
  /// `store` must outlive it. What a commit throws comes out of the next call of add(), take_written() or wait();
  /// nothing is written any more then.
  Committer(Store& store, Where where);
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;
  /// Writes what was handed over.
  ~Committer();

  void add(Work work);
  /// What is on the disk, in the order of add().
  std::vector<Written> take_written();
  /// Until everything is on the disk.
  void wait();
  /// Readable: take_written() has something. -1: there is no thread.
  [[nodiscard]] int descriptor() const { return event_.get(); }
  /// Nothing waits for the disk or for take_written().
  [[nodiscard]] bool is_idle() const;
  [[nodiscard]] std::uint64_t waiting_bytes() const;
  struct Figures {
    std::uint64_t transactions{0};
    std::uint64_t parts{0};  ///< add()ed ones with rows
    Duration longest{0};     ///< a transaction, since the last call
  };
  Figures take_figures();

 private:
  void write_until_end();
  void write(std::vector<Work> parts);
  void check() const;

  Store& store_;
  std::unique_ptr<Store> beside_;
  os_linux::UniqueFd event_;
  mutable std::mutex mutex_;  ///< for all that follows
  std::condition_variable handed_over_, all_written_;
  std::vector<Work> waiting_;
  std::vector<Written> written_;
  std::exception_ptr failure_;
  Figures figures_;
  std::uint64_t waiting_bytes_{0};
  bool is_writing_{false};
  bool is_ending_{false};
  std::thread thread_;
};

}  // namespace utnt::fleet
