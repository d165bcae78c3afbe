// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/node/probe.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "fleet/node/node_test_support.hpp"
#include "fleet/trust/statement.hpp"

namespace utnt::fleet {
namespace {

TEST(ProbeNode, signs_what_it_found_once_it_has_a_key) {
  const TemporaryDirectory directory;
  NodeConfig config;
  config.spool = directory.path() + "/spool";
  const auto stranger = probe_node(config, {}, "/nowhere/utnt-tender", "v");
  EXPECT_EQ(stranger.signature, "");
  EXPECT_FALSE(std::filesystem::exists(config.spool + "/node.key"));
  const auto enrolled = probe_node(config, {.enrols = true, .images = {}}, "/nowhere/utnt-tender", "v");
  const auto record = nlohmann::json::parse(enrolled.record);
  const auto key = parse_key_text(record["key"].get<std::string>());
  ASSERT_TRUE(key);
  EXPECT_TRUE(is_statement_by(*key, Purpose::record, enrolled.record, enrolled.signature));
  const auto again = probe_node(config, {}, "/nowhere/utnt-tender", "v");
  EXPECT_EQ(nlohmann::json::parse(again.record)["key"], record["key"]);
  EXPECT_LE(record["begin_ns"].get<std::int64_t>(), record["end_ns"].get<std::int64_t>());
  const auto verdict = record["kvm"]["verdict"].get<std::string>();
  EXPECT_TRUE(verdict == "usable" || verdict == "degraded" || verdict == "absent") << verdict;
}

TEST(ProbeNode, says_of_a_guest_that_does_not_start_why_and_leaves_nothing) {
  const TemporaryDirectory directory;
  NodeConfig config;
  config.spool = directory.path() + "/spool";
  config.tenders = {"process"};
  const ProbeRequest request{.enrols = false, .images = {{"process", "this is no image"}, {"qemu", "nor this"}}};
  const auto record = nlohmann::json::parse(probe_node(config, request, "/nowhere/utnt-tender", "v").record);
  for (const auto* tender : {"process", "qemu"}) {
    EXPECT_EQ(record["guests"][tender]["works"], false);
    EXPECT_NE(record["guests"][tender]["detail"], "");
  }
  EXPECT_EQ(record["guests"]["qemu"]["detail"], "this node does not allow it");
  EXPECT_TRUE(std::filesystem::is_empty(config.spool));
}

TEST(ProbeNode, tries_containers_and_machines_only_where_the_owner_allows_them) {
  const TemporaryDirectory directory;
  NodeConfig config;
  config.spool = directory.path() + "/spool";
  const ProbeRequest request{.enrols = false, .images = {{"container", "no tarball"}, {"vm", "nor this"}}};
  const auto guests_of = [&] {
    return nlohmann::json::parse(probe_node(config, request, "/nowhere/utnt-tender", "v").record)["guests"];
  };
  config.variants = {"unikernel", "vm"};
  const auto some = guests_of();
  EXPECT_EQ(some["container"]["detail"], "this node does not allow it");
  EXPECT_EQ(some["vm"]["works"], false);
  EXPECT_NE(some["vm"]["detail"], "this node does not allow it");
  config.variants = {"container"};
  const auto others = guests_of();
  EXPECT_EQ(others["vm"]["detail"], "this node does not allow it");
  EXPECT_NE(others["container"]["detail"].get<std::string>().find("is not a tarball of a root file system"),
            std::string::npos);
  EXPECT_TRUE(std::filesystem::is_empty(config.spool));
}

}  // namespace
}  // namespace utnt::fleet
