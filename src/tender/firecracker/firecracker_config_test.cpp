// SPDX-License-Identifier: BSD-2-Clause
// The configuration against the format that Firecracker documents, read back by a JSON parser; the expected names and
// values come from the unikernel specification, section 13.
#include "tender/firecracker/firecracker_config.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

namespace utnt::tender {
namespace {

RunRequest one_tap() {
  RunRequest request;
  request.command_line = "dst=192.0.2.1";
  request.memory_bytes = std::uint64_t{2} << 20;
  request.nics.resize(1);
  request.nics[0].kind = NicKind::tap;
  request.nics[0].tap = "tap7";
  request.nics[0].mac = {2, 0, 0, 0, 0, 0xab};
  return request;
}

nlohmann::json config_of(const RunRequest& request, const FirecrackerFiles& files) {
  return nlohmann::json::parse(firecracker_config(request, files, 1'700'000'000'000'000'000));
}

TEST(FirecrackerConfig, names_the_image_its_memory_and_its_interface) {
  const auto config = config_of(one_tap(), {.image = "/images/utnt.elf", .module = "", .records = "/log"});
  EXPECT_EQ(config["boot-source"]["kernel_image_path"], "/images/utnt.elf");
  EXPECT_FALSE(config["boot-source"].contains("initrd_path"));
  EXPECT_EQ(config["machine-config"]["vcpu_count"], 1);
  EXPECT_EQ(config["machine-config"]["mem_size_mib"], 2);
  ASSERT_EQ(config["network-interfaces"].size(), 1U);
  EXPECT_EQ(config["network-interfaces"][0]["iface_id"], "net0");
  EXPECT_EQ(config["network-interfaces"][0]["host_dev_name"], "tap7");
  EXPECT_EQ(config["network-interfaces"][0]["guest_mac"], "02:00:00:00:00:ab");
  EXPECT_TRUE(config["entropy"].is_object());
}

TEST(FirecrackerConfig, has_one_drive_to_write_that_is_no_root) {
  const auto config = config_of(one_tap(), {.image = "i", .module = "", .records = "/proc/self/fd/9"});
  ASSERT_EQ(config["drives"].size(), 1U);
  const auto& drive = config["drives"][0];
  EXPECT_EQ(drive["drive_id"], "records");
  EXPECT_EQ(drive["path_on_host"], "/proc/self/fd/9");
  EXPECT_EQ(drive["is_root_device"], false);
  EXPECT_EQ(drive["is_read_only"], false);
}

TEST(FirecrackerConfig, has_no_section_that_firecracker_does_not_know) {
  const std::set<std::string> known{"boot-source",        "drives",  "machine-config", "cpu-config",
                                    "network-interfaces", "vsock",   "logger",         "metrics",
                                    "mmds-config",        "entropy", "balloon"};
  const auto config = config_of(one_tap(), {});
  for (const auto& [name, value] : config.items()) EXPECT_TRUE(known.contains(name)) << name;
}

TEST(FirecrackerConfig, gives_the_boot_line_explicitly_and_the_input_as_initrd) {
  auto request = one_tap();
  request.seed.emplace().fill(std::byte{0x5a});
  request.tsc_hz = 2'000'000'000;
  request.memory_bytes = (std::uint64_t{3} << 20) + 1;
  const auto config = config_of(request, {.image = "i", .module = "/list", .records = "r"});
  EXPECT_EQ(config["boot-source"]["initrd_path"], "/list");
  EXPECT_EQ(config["machine-config"]["mem_size_mib"], 4);
  const std::string line = config["boot-source"]["boot_args"];
  EXPECT_NE(line.find("uk.rec=blk "), std::string::npos) << line;
  EXPECT_NE(line.find(" uk.epoch_ns=1700000000000000000 "), std::string::npos) << line;
  EXPECT_NE(line.find(" uk.tsc_hz=2000000000 "), std::string::npos) << line;
  EXPECT_NE(line.find(" uk.seed=5a5a5a5a"), std::string::npos) << line;
  EXPECT_TRUE(line.ends_with(" dst=192.0.2.1")) << line;
  request.command_line.clear();
  EXPECT_FALSE(firecracker_boot_line(request, 1).empty()) << "Firecracker would boot with a line for Linux";
}

TEST(FirecrackerConfig, is_valid_json_whatever_the_command_line_holds) {
  auto request = one_tap();
  request.command_line = "host=\"quoted\\\" list-name=a/b";
  const auto config = config_of(request, {.image = "/path with \"quotes\"", .module = "", .records = ""});
  EXPECT_EQ(config["boot-source"]["kernel_image_path"], "/path with \"quotes\"");
  const std::string line = config["boot-source"]["boot_args"];
  EXPECT_TRUE(line.ends_with(request.command_line));
}

TEST(FirecrackerConfig, needs_no_socket_and_names_the_file) {
  EXPECT_EQ(firecracker_command("/usr/bin/firecracker", "/proc/self/fd/5"),
            (std::vector<std::string>{"/usr/bin/firecracker", "--no-api", "--config-file", "/proc/self/fd/5"}));
}

TEST(FirecrackerStatus, leaves_success_to_the_trailer_and_calls_the_rest_the_environment) {
  EXPECT_EQ(meaning_of_firecracker_status(0).exit_code, 0);
  for (const int status : {1, 2, 148, 149, 152, 153}) {
    EXPECT_EQ(meaning_of_firecracker_status(status).exit_code, 4) << status;
    EXPECT_STRNE(meaning_of_firecracker_status(status).explanation, "") << status;
  }
}

}  // namespace
}  // namespace utnt::tender
