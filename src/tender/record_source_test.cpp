// SPDX-License-Identifier: BSD-2-Clause
// The disk as a source: written here block by block, as a machine would, and followed.
#include "tender/record_source.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "abi/block_log.hpp"
#include "os_linux/failure.hpp"

namespace utnt::tender {
namespace {

/// One block at its place, as abi/block_log.hpp describes it.
void write_block(int disk, std::uint32_t number, const std::string& payload) {
  std::vector<std::byte> block(abi::block_bytes);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    block[abi::block_header_bytes + i] = static_cast<std::byte>(payload[i]);
  }
  abi::seal_block(block, payload.size(), number, 77);
  ASSERT_EQ(::pwrite(disk, block.data(), block.size(), static_cast<off_t>(number) * 4096), 4096);
}

struct Disk {
  explicit Disk(std::uint64_t bytes)
      : fd{make_record_disk(bytes)}, writer{::dup(fd.get())}, source{make_disk_source(std::move(fd), bytes)} {}
  std::string read() {
    std::string text;
    while (source->read([&](ConstBytes part) {
      for (const auto byte : part) text += static_cast<char>(byte);
    }) == RecordSource::State::more) {
    }
    return text;
  }
  os_linux::UniqueFd fd, writer;
  std::unique_ptr<RecordSource> source;
};

TEST(RecordDisk, is_followed_while_it_grows) {
  Disk disk{1 << 20};
  EXPECT_EQ(disk.read(), "");
  write_block(disk.writer.get(), 0, "one ");
  EXPECT_EQ(disk.read(), "one ");
  write_block(disk.writer.get(), 1, "two ");
  write_block(disk.writer.get(), 2, "three");
  EXPECT_EQ(disk.read(), "two three");
  EXPECT_EQ(disk.read(), "");
  EXPECT_EQ(disk.source->complaint(), "");
}

TEST(RecordDisk, gives_back_what_was_read) {
  Disk disk{64 << 20};
  const std::string payload(abi::block_payload_max, 'x');
  constexpr std::uint32_t blocks = 4096;  // 16 MiB
  for (std::uint32_t i = 0; i < blocks; ++i) write_block(disk.writer.get(), i, payload);
  EXPECT_EQ(disk.read().size(), blocks * payload.size());
  struct stat status {};
  ASSERT_EQ(::fstat(disk.writer.get(), &status), 0);
  EXPECT_LE(status.st_blocks * 512, 2 << 20);
  EXPECT_EQ(status.st_size, 64 << 20);
}

TEST(RecordDisk, says_when_it_is_full) {
  Disk disk{2 * 4096};
  write_block(disk.writer.get(), 0, "a");
  EXPECT_EQ(disk.read(), "a");
  EXPECT_EQ(disk.source->complaint(), "");
  write_block(disk.writer.get(), 1, "b");
  EXPECT_EQ(disk.read(), "b");
  EXPECT_NE(disk.source->complaint().find("full"), std::string::npos);
}

TEST(RecordDisk, hands_out_the_rest_when_the_machine_is_gone) {
  Disk disk{1 << 20};
  write_block(disk.writer.get(), 0, "whole ");
  write_block(disk.writer.get(), 2, "behind");
  std::string text = disk.read();
  EXPECT_EQ(text, "whole ");
  disk.source->finish([&](ConstBytes part) {
    for (const auto byte : part) text += static_cast<char>(byte);
  });
  EXPECT_EQ(text, "whole behind");
  EXPECT_FALSE(disk.source->complaint().empty());
}

TEST(RecordDisk, has_a_size_of_whole_blocks) {
  EXPECT_THROW(make_record_disk(0), os_linux::Failure);
  EXPECT_THROW(make_record_disk(4097), os_linux::Failure);
}

TEST(SocketSource, ends_with_its_writer) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const auto source = make_socket_source(os_linux::UniqueFd{ends[0]});
  std::size_t bytes = 0;
  const auto take = [&](ConstBytes part) { bytes += part.size(); };
  EXPECT_EQ(source->read(take), RecordSource::State::nothing_now);
  ASSERT_EQ(::write(ends[1], "abc", 3), 3);
  EXPECT_EQ(source->read(take), RecordSource::State::nothing_now);
  EXPECT_EQ(bytes, 3U);
  ::close(ends[1]);
  EXPECT_EQ(source->read(take), RecordSource::State::ended);
}

}  // namespace
}  // namespace utnt::tender
