// SPDX-License-Identifier: BSD-2-Clause
// Where the bytes of an image's record stream come from: a socket that the image writes to, or a disk of its machine,
// read as it grows. The disk is a file without a name: nothing is left behind, however launcher and machine end.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "os_linux/unique_fd.hpp"
#include "results/block_log_reader.hpp"
#include "tender/tender.hpp"

namespace utnt::tender {

class RecordSource {
 public:
  RecordSource() = default;
  RecordSource(const RecordSource&) = delete;
  RecordSource& operator=(const RecordSource&) = delete;
  virtual ~RecordSource() = default;

  /// Readable when read() may have something; -1: nobody tells, look every poll_period().
  [[nodiscard]] virtual int descriptor() const = 0;
  [[nodiscard]] virtual std::optional<Duration> poll_period() const { return std::nullopt; }
  enum class State : std::uint8_t { more, nothing_now, ended };
  /// Hands out what is there, without waiting and at most about a megabyte. `ended`: the writer is gone.
  virtual State read(const RecordSink& take) = 0;
  /// The process is gone: hands out the rest.
  virtual void finish(const RecordSink&) {}
  /// What is wrong with the source itself; empty when nothing is.
  [[nodiscard]] virtual std::string complaint() const { return {}; }
};

/// A stream socket whose other end only the image holds: it ends with the image.
std::unique_ptr<RecordSource> make_socket_source(os_linux::UniqueFd socket);
/// One that is made here, and the end that the image is to inherit. Throws os_linux::Failure.
struct RecordSocket {
  std::unique_ptr<RecordSource> source;
  os_linux::UniqueFd theirs;
};
RecordSocket make_record_socket();

/// A sparse disk of so many bytes for the image's machine, empty. Throws os_linux::Failure.
os_linux::UniqueFd make_record_disk(std::uint64_t bytes);
/// Follows it. What has been read is given back to the system, so that the disk takes little room however much is
/// written to it in the end.
std::unique_ptr<RecordSource> make_disk_source(os_linux::UniqueFd disk, std::uint64_t bytes);

}  // namespace utnt::tender
