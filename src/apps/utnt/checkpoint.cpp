// SPDX-License-Identifier: BSD-2-Clause
// See checkpoint.hpp. Header and records are 32-byte and 40-byte blocks of little-endian words; every block ends in a
// keyed hash of its words, so that a torn or foreign block is never believed.
#include "apps/utnt/checkpoint.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <span>

#include "apps/utnt/command.hpp"
#include "base/bytes.hpp"
#include "base/siphash.hpp"

namespace utnt::apps {

namespace {

constexpr std::uint64_t magic = 0x31706b63746e7475U;  // "utntckp1"
constexpr SipKey block_key{0x75746e742d636865U, 0x636b706f696e7431U};
constexpr std::size_t header_words = 5;
constexpr std::size_t record_words = 4;

enum Kind : std::uint8_t { session = 'B', done_record = 'D', synced_record = 'S', finished_record = 'F' };

template <std::size_t words>
using Block = std::array<std::byte, words * 8>;

template <std::size_t words>
Block<words> seal(const std::array<std::uint64_t, words - 1>& values) {
  Block<words> block;
  for (std::size_t i = 0; i < values.size(); ++i) store_le(block, i * 8, 8, values[i]);
  store_le(block, values.size() * 8, 8, siphash(block_key, std::span{block}.first(values.size() * 8)));
  return block;
}

bool is_whole(ConstBytes block) {
  const auto body = block.size() - 8;
  return siphash(block_key, block.first(body)) == load_le(block, body, 8);
}

/// The identity of this boot: what a record claims to have written is in the page cache at least as long as it lasts.
std::array<std::uint64_t, 2> boot_id() {
  std::ifstream file{"/proc/sys/kernel/random/boot_id"};
  std::string text;
  file >> text;
  const auto bytes = std::as_bytes(std::span{text});
  return {siphash({1, 1}, bytes), siphash({2, 2}, bytes)};
}

struct Record {
  std::uint8_t kind;
  std::uint32_t index;
  std::uint64_t a, b;
};

std::vector<Record> whole_records(ConstBytes bytes) {
  constexpr std::size_t size = record_words * 8;
  std::vector<Record> out;
  while (bytes.size() >= size && is_whole(bytes.first(size))) {
    out.push_back({load_u8(bytes, 0), static_cast<std::uint32_t>(load_le(bytes, 4, 4)), load_le(bytes, 8, 8),
                   load_le(bytes, 16, 8)});
    bytes = bytes.subspan(size);
  }
  return out;
}

/// How many of `records` describe output that is certainly there.
std::size_t trusted(const std::vector<Record>& records) {
  const auto boot = boot_id();
  bool same_boot = false;
  std::size_t last_synced = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i].kind == session) same_boot = records[i].a == boot[0] && records[i].b == boot[1];
    if (records[i].kind == synced_record || records[i].kind == finished_record) last_synced = i + 1;
  }
  return same_boot ? records.size() : last_synced;
}

void write_all(int fd, ConstBytes bytes, const std::string& path) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw os_linux::system_failure(fmt::format("cannot write the checkpoint {}", path), errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

std::vector<std::byte> read_all(int fd, std::uint64_t size, const std::string& path) {
  std::vector<std::byte> bytes(size);
  std::size_t have = 0;
  while (have < bytes.size()) {
    const auto got = ::pread(fd, bytes.data() + have, bytes.size() - have, static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      throw os_linux::system_failure(fmt::format("cannot read the checkpoint {}", path), got < 0 ? errno : EIO);
    have += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace

Checkpoint::Checkpoint(const std::string& path, const Campaign& campaign)
    : path_{path}, fd_{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)}, done_(campaign.destinations, false) {
  if (!fd_.is_open()) throw os_linux::system_failure(fmt::format("cannot open the checkpoint {}", path), errno);
  if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    throw Failure{ExitCode::bad_input, fmt::format("the checkpoint {} is in use by another run", path)};
  }
  const auto size = ::lseek(fd_.get(), 0, SEEK_END);
  if (size < 0) throw Failure{ExitCode::bad_input, fmt::format("{} cannot be a checkpoint: not a regular file", path)};
  if (size == 0) {
    create(campaign);
  } else {
    load(campaign, static_cast<std::uint64_t>(size));
  }
}

void Checkpoint::create(const Campaign& campaign) {
  seed_ = campaign.seed;
  ::lseek(fd_.get(), 0, SEEK_SET);
  write_all(fd_.get(), seal<header_words>({magic, campaign.config_hash, campaign.destinations, campaign.seed}), path_);
  sync();
}

void Checkpoint::load(const Campaign& campaign, std::uint64_t size) {
  const auto bytes = read_all(fd_.get(), size, path_);
  const ConstBytes all{bytes};
  constexpr std::size_t header_bytes = header_words * 8;
  if (all.size() < 8 || load_le(all, 0, 8) != magic) {
    throw Failure{ExitCode::bad_input,
                  fmt::format("{} is not a checkpoint; name a file that does not exist yet", path_)};
  }
  if (all.size() < header_bytes || !is_whole(all.first(header_bytes))) {
    // Died while creating it, before any result was written.
    if (::ftruncate(fd_.get(), 0) != 0) throw os_linux::system_failure(fmt::format("cannot reset {}", path_), errno);
    return create(campaign);
  }
  if (load_le(all, 8, 8) != campaign.config_hash || load_le(all, 16, 8) != campaign.destinations) {
    throw Failure{ExitCode::bad_input,
                  fmt::format("the checkpoint {} belongs to a run with other destinations or options; repeat the same "
                              "command, or name another file",
                              path_)};
  }
  seed_ = load_le(all, 24, 8);
  const auto records = whole_records(all.subspan(header_bytes));
  const auto believed = trusted(records);
  is_resumed_ = believed > 0;
  for (std::size_t i = 0; i < believed; ++i) {
    const auto& record = records[i];
    if (record.kind == session) continue;
    position_ = {record.a, record.b};
    if (record.kind == done_record && record.index < done_.size() && !done_[record.index]) {
      done_[record.index] = true;
      ++done_count_;
    }
    if (record.kind == finished_record) is_finished_ = true;
  }
  const auto end = static_cast<off_t>(header_bytes + believed * record_words * 8);
  if (::ftruncate(fd_.get(), end) != 0 || ::lseek(fd_.get(), end, SEEK_SET) != end) {
    throw os_linux::system_failure(fmt::format("cannot continue the checkpoint {}", path_), errno);
  }
}

void Checkpoint::append(std::uint8_t kind, std::uint32_t index, std::uint64_t a, std::uint64_t b) {
  write_all(fd_.get(), seal<record_words>({kind | std::uint64_t{index} << 32, a, b}), path_);
}

void Checkpoint::sync() {
  if (::fdatasync(fd_.get()) != 0)
    throw os_linux::system_failure(fmt::format("cannot sync the checkpoint {}", path_), errno);
}

void Checkpoint::begin(Position position) {
  const auto boot = boot_id();
  append(session, 0, boot[0], boot[1]);
  synced(position);
}

void Checkpoint::done(std::uint64_t index, Position position) {
  append(done_record, static_cast<std::uint32_t>(index), position.output, position.sidecar);
}

void Checkpoint::synced(Position position) {
  append(synced_record, 0, position.output, position.sidecar);
  sync();
}

void Checkpoint::finished(Position position) {
  append(finished_record, 0, position.output, position.sidecar);
  sync();
}

}  // namespace utnt::apps
