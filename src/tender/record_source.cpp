// SPDX-License-Identifier: BSD-2-Clause
// See record_source.hpp. Sources: memfd_create(2), fallocate(2).
#include "tender/record_source.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "os_linux/failure.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::system_failure;
using os_linux::UniqueFd;

class SocketSource final : public RecordSource {
 public:
  explicit SocketSource(UniqueFd socket) : socket_{std::move(socket)} {}
  [[nodiscard]] int descriptor() const override { return socket_.get(); }

  State read(const RecordSink& take) override {
    constexpr int reads_max = 16;
    static thread_local std::array<std::byte, 65'536> buffer;
    for (int i = 0; i < reads_max; ++i) {
      const auto got = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got > 0) {
        take(ConstBytes{buffer}.first(static_cast<std::size_t>(got)));
      } else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return State::nothing_now;
      } else {
        return State::ended;
      }
    }
    return State::more;
  }

 private:
  UniqueFd socket_;
};

class DiskSource final : public RecordSource {
 public:
  DiskSource(UniqueFd disk, std::uint64_t bytes) : disk_{std::move(disk)}, bytes_{bytes} {}
  [[nodiscard]] int descriptor() const override { return -1; }
  /// Short beside what a result takes to come about, long beside what a look costs.
  [[nodiscard]] std::optional<Duration> poll_period() const override { return Duration{5'000'000}; }

  State read(const RecordSink& take) override {
    take_ = &take;
    const bool any = log_.follow();
    give_back();
    return any ? State::more : State::nothing_now;
  }

  void finish(const RecordSink& take) override {
    take_ = &take;
    log_.finish();
  }

  [[nodiscard]] std::string complaint() const override {
    const bool is_full = log_.offset() + abi::block_bytes > bytes_;
    if (is_full)
      return "the record disk of " + std::to_string(bytes_ >> 20) + " MiB is full: fewer destinations in one run";
    return log_.complaint();
  }

 private:
  std::size_t read_at(std::uint64_t offset, MutableBytes out) const {
    const auto got = ::pread(disk_.get(), out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0) throw system_failure("cannot read the record disk", errno);
    return static_cast<std::size_t>(got);
  }

  void give_back() {
    constexpr std::uint64_t step = 1 << 20;
    const auto done = log_.offset() / step * step;
    if (done == given_back_) return;
    ::fallocate(disk_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(given_back_),
                static_cast<off_t>(done - given_back_));
    given_back_ = done;
  }

  UniqueFd disk_;
  std::uint64_t bytes_;
  std::uint64_t given_back_{0};
  const RecordSink* take_{nullptr};
  results::BlockLogReader log_{[this](std::uint64_t offset, MutableBytes out) { return read_at(offset, out); },
                               [this](ConstBytes bytes) { (*take_)(bytes); }};
};

}  // namespace

std::unique_ptr<RecordSource> make_socket_source(UniqueFd socket) {
  return std::make_unique<SocketSource>(std::move(socket));
}

RecordSocket make_record_socket() {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw system_failure("cannot make the record channel", errno);
  UniqueFd ours{ends[0]};
  RecordSocket made;
  made.theirs = UniqueFd{ends[1]};
  made.source = make_socket_source(std::move(ours));
  return made;
}

UniqueFd make_record_disk(std::uint64_t bytes) {
  if (bytes < abi::block_bytes || bytes % abi::block_bytes != 0)
    throw Failure{ExitCode::bad_input, "a record disk has whole blocks of 4 KiB, at least one"};
  UniqueFd disk{::memfd_create("records", MFD_CLOEXEC)};
  if (!disk.is_open() || ::ftruncate(disk.get(), static_cast<off_t>(bytes)) != 0)
    throw system_failure("cannot make the record disk", errno);
  return disk;
}

std::unique_ptr<RecordSource> make_disk_source(UniqueFd disk, std::uint64_t bytes) {
  return std::make_unique<DiskSource>(std::move(disk), bytes);
}

}  // namespace utnt::tender
