// SPDX-License-Identifier: BSD-2-Clause
#include "tender/process/arguments.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace utnt::tender {
namespace {

/// The mistake, or empty.
std::string read_words(std::vector<const char*> words, Arguments& out) {
  words.push_back(nullptr);
  return std::string{read_arguments(words.data(), out)};
}

TEST(Arguments, are_read_as_documented) {
  Arguments arguments;
  const std::string seed = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";
  EXPECT_EQ(read_words({"--memory",
                        "0x200000",
                        "--nic",
                        "7:frames:02:00:00:aa:bb:ff:1400",
                        "--record-fd",
                        "4",
                        "--log-fd",
                        "2",
                        "--module",
                        "fd:9",
                        "--command-line",
                        "a=1 b",
                        "--tsc-hz",
                        "2600000000",
                        "--epoch",
                        "5",
                        "--seed",
                        seed.c_str(),
                        "--parent",
                        "12",
                        "--trace",
                        "--no-tsc",
                        "fd:3"},
                       arguments),
            "");
  EXPECT_EQ(arguments.memory_bytes, 0x200000U);
  ASSERT_EQ(arguments.nic_count, 1U);
  EXPECT_EQ(arguments.nics[0].fd, 7);
  EXPECT_EQ(arguments.nics[0].kind, abi::NicKind::frames);
  EXPECT_EQ(arguments.nics[0].mtu, 1400);
  EXPECT_EQ(arguments.nics[0].mac, (std::array<std::uint8_t, 6>{2, 0, 0, 0xaa, 0xbb, 0xff}));
  EXPECT_EQ(arguments.record_fd, 4);
  EXPECT_EQ(descriptor_of(arguments.module_file), 9);
  EXPECT_EQ(arguments.command_line, "a=1 b");
  EXPECT_EQ(arguments.tsc_hz, 2'600'000'000U);
  EXPECT_EQ(arguments.epoch_ns, 5U);
  EXPECT_EQ(arguments.seed[1], 1);
  EXPECT_EQ(arguments.seed[31], 0xff);
  EXPECT_EQ(arguments.parent, 12U);
  EXPECT_TRUE(arguments.traces);
  EXPECT_TRUE(arguments.distrusts_tsc);
  EXPECT_EQ(descriptor_of(arguments.image), 3);
}

TEST(Arguments, describe_the_rings_of_a_packet_socket) {
  Arguments arguments;
  EXPECT_EQ(read_words({"--nic", "7:ring:02:00:00:00:00:01:1500:65536:2:2048", "image"}, arguments), "");
  EXPECT_EQ(arguments.nics[0].kind, abi::NicKind::ring);
  EXPECT_EQ(arguments.nics[0].block_bytes, 65'536U);
  EXPECT_EQ(arguments.nics[0].block_count, 2U);
  EXPECT_EQ(arguments.nics[0].frame_bytes, 2048U);
  EXPECT_EQ(arguments.nics[0].ring_bytes, 2U * 2 * 65'536);  // one to receive, one to send
}

TEST(Arguments, have_the_documented_defaults) {
  Arguments arguments;
  EXPECT_EQ(read_words({"image"}, arguments), "");
  EXPECT_EQ(arguments.memory_bytes, 4U << 20);
  EXPECT_EQ(arguments.record_fd, -1);
  EXPECT_EQ(arguments.log_fd, 2);
  EXPECT_FALSE(arguments.has_seed);
  EXPECT_EQ(descriptor_of(arguments.image), -1);
  EXPECT_EQ(read_words({"--no-log", "image"}, arguments = {}), "");
  EXPECT_EQ(arguments.log_fd, -1);
}

TEST(Arguments, name_the_word_that_is_wrong) {
  Arguments arguments;
  EXPECT_EQ(read_words({}, arguments), "(no image)");
  EXPECT_EQ(read_words({"one", "two"}, arguments = {}), "two");
  EXPECT_EQ(read_words({"--what", "x", "image"}, arguments = {}), "--what");
  EXPECT_EQ(read_words({"image", "--memory"}, arguments = {}), "--memory");
  EXPECT_EQ(read_words({"--memory", "many", "image"}, arguments = {}), "--memory");
  EXPECT_EQ(read_words({"--log-fd", "-1", "image"}, arguments = {}), "--log-fd");
  EXPECT_EQ(read_words({"--record-fd", "2147483648", "image"}, arguments = {}), "--record-fd");
  EXPECT_EQ(read_words({"--seed", "00", "image"}, arguments = {}), "--seed");
  for (const char* const nic :
       {"", "7", "7:frames", "7:ring:02:00:00:00:00:01:1500", "7:ring:02:00:00:00:00:01:1500:65536:2:3000",
        "7:ring:02:00:00:00:00:01:1500:65537:2:2048", "7:ring:02:00:00:00:00:01:1500:65536:0:2048",
        "7:other:02:00:00:00:00:01:1500", "7:frames:02:00:00:00:00:01", "7:frames:02:00:00:00:00:1:1500",
        "7:frames:02:00:00:00:00:0G:1500", "7:frames:02:00:00:00:00:01:67", "7:frames:02:00:00:00:00:01:65536",
        "x:frames:02:00:00:00:00:01:1500"}) {
    EXPECT_EQ(read_words({"--nic", nic, "image"}, arguments = {}), "--nic") << nic;
  }
  const char* const nic = "7:frames:02:00:00:00:00:01:1500";
  EXPECT_EQ(read_words({"--nic", nic, "--nic", nic, "--nic", nic, "--nic", nic, "image"}, arguments = {}), "");
  EXPECT_EQ(read_words({"--nic", nic, "image"}, arguments), "--nic");
}

}  // namespace
}  // namespace utnt::tender
