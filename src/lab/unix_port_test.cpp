// SPDX-License-Identifier: BSD-2-Clause
// The Unix datagram port: one datagram per frame, answers to all who have sent, files handled with care.
#include "lab/unix_port.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "os_linux/failure.hpp"
#include "os_linux/unique_fd.hpp"
#include "support/temporary_directory.hpp"

namespace utnt::lab {
namespace {

class UnixPortTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path(const char* name) const { return directory_ / name; }

  /// A client bound to its own path and connected to the port, as QEMU is.
  [[nodiscard]] os_linux::UniqueFd client(const std::string& own, const std::string& port) const {
    os_linux::UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, own.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    std::strncpy(address.sun_path, port.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return socket;
  }
  const test::TemporaryDirectory directory_;
};

std::vector<std::byte> frame_of(std::size_t length, int fill) {
  return std::vector<std::byte>(length, static_cast<std::byte>(fill));
}

TEST_F(UnixPortTest, frames_keep_their_borders_and_order_both_ways) {
  const auto port = open_unix_port(path("lab"));
  const auto guest = client(path("guest"), path("lab"));
  for (int i = 0; i < 100; ++i) {
    const auto frame = frame_of(60 + static_cast<std::size_t>(i), i);
    ASSERT_EQ(::send(guest.get(), frame.data(), frame.size(), 0), static_cast<ssize_t>(frame.size()));
    const auto got = port->read();
    ASSERT_TRUE(got.has_value());
    EXPECT_EQ(std::vector<std::byte>(got->begin(), got->end()), frame);
    port->write(frame);
  }
  int received = 0;
  for (bool done = false; !done;) {
    done = port->flush();  // the kernel takes only some at a time
    std::array<std::byte, 2048> buffer{};
    for (ssize_t got = 0; (got = ::recv(guest.get(), buffer.data(), buffer.size(), 0)) > 0; ++received) {
      ASSERT_EQ(got, 60 + received);
      EXPECT_EQ(buffer[59], static_cast<std::byte>(received));
    }
  }
  EXPECT_EQ(received, 100);
  EXPECT_FALSE(port->read().has_value());
  EXPECT_EQ(port->dropped(), 0U);
}

TEST_F(UnixPortTest, several_guests_each_get_every_frame_until_they_go) {
  const auto port = open_unix_port(path("lab"));
  const auto first = client(path("first"), path("lab"));
  auto second = client(path("second"), path("lab"));
  const auto frame = frame_of(60, 7);
  for (const int guest : {first.get(), second.get()}) {
    ASSERT_EQ(::send(guest, frame.data(), frame.size(), 0), 60);
    ASSERT_TRUE(port->read().has_value());
  }
  port->write(frame);
  EXPECT_TRUE(port->flush());
  std::array<std::byte, 2048> buffer{};
  EXPECT_EQ(::recv(first.get(), buffer.data(), buffer.size(), 0), 60);
  EXPECT_EQ(::recv(second.get(), buffer.data(), buffer.size(), 0), 60);
  second.reset();
  ::unlink(path("second").c_str());
  for (int i = 0; i < 3; ++i) port->write(frame);
  EXPECT_TRUE(port->flush());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(::recv(first.get(), buffer.data(), buffer.size(), 0), 60);
  EXPECT_EQ(port->dropped(), 3U) << "those that waited for the one that went";
  port->write(frame);
  port->flush();
  EXPECT_EQ(port->dropped(), 3U) << "it is forgotten";
}

TEST_F(UnixPortTest, frames_without_a_peer_are_dropped_and_counted) {
  const auto port = open_unix_port(path("lab"));
  port->write(frame_of(60, 1));
  port->flush();
  EXPECT_EQ(port->dropped(), 1U);
}

TEST_F(UnixPortTest, a_peer_that_does_not_read_loses_frames_but_blocks_nobody) {
  const auto port = open_unix_port(path("lab"));
  const auto guest = client(path("guest"), path("lab"));
  const auto frame = frame_of(60, 1);
  ASSERT_EQ(::send(guest.get(), frame.data(), frame.size(), 0), 60);
  ASSERT_TRUE(port->read().has_value());
  for (int i = 0; i < 20'000; ++i) port->write(frame);
  port->flush();
  EXPECT_GT(port->dropped(), 0U);
}

TEST_F(UnixPortTest, only_its_owner_may_use_the_socket_file_and_it_is_removed_at_the_end) {
  {
    const auto port = open_unix_port(path("lab"));
    struct stat status {};
    ASSERT_EQ(::stat(path("lab").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
  }
  EXPECT_FALSE(std::filesystem::exists(path("lab")));
}

TEST_F(UnixPortTest, a_file_left_by_a_dead_lab_is_replaced_but_no_other) {
  { const os_linux::UniqueFd dead = client(path("lab"), path("lab")); }
  ASSERT_TRUE(std::filesystem::exists(path("lab")));
  const auto port = open_unix_port(path("lab"));
  EXPECT_THROW(open_unix_port(path("lab")), os_linux::Failure) << "a living one was replaced";
  std::ofstream{path("text")} << "precious";
  EXPECT_THROW(open_unix_port(path("text")), os_linux::Failure);
  EXPECT_TRUE(std::filesystem::exists(path("text")));
  EXPECT_THROW(open_unix_port(std::string(200, 'x')), os_linux::Failure);
}

}  // namespace
}  // namespace utnt::lab
