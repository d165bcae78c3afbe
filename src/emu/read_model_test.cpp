// SPDX-License-Identifier: BSD-2-Clause
// Scenario texts that cannot be used are refused with the line, the key and the nearest right word.
#include "emu/model.hpp"

#include <gtest/gtest.h>

#include "emu/scenario.hpp"

namespace utnt::emu {
namespace {

constexpr std::string_view good = R"(title = "t"
chain = ["VP", "A", "B", "D"]
destinations = ["D"]
[as.core]
routers = ["A", "B"]
push_ttl = "pipe"
)";

std::string with(std::string_view more) { return std::string{good}.append(more); }

/// The message for a text that must be refused.
std::string refusal(std::string_view text) {
  try {
    (void)read_model(text, "net.toml");
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "accepted";
}

void expect_refusal(std::string_view text, std::string_view begin, std::string_view inside) {
  const auto message = refusal(text);
  EXPECT_TRUE(message.starts_with(begin)) << message;
  EXPECT_NE(message.find(inside), std::string::npos) << message;
}

TEST(ReadModel, AcceptsASmallScenario) {
  const auto model = read_model(good, "net.toml");
  ASSERT_EQ(model.nodes.size(), 4U);
  EXPECT_EQ(model.nodes[0].kind, NodeKind::vantage_point);
  EXPECT_EQ(model.nodes[1].knobs.push_ttl, PushTtl::pipe);
  EXPECT_EQ(model.nodes[3].kind, NodeKind::host);
  EXPECT_EQ(model.nodes[3].knobs.er_ittl, 64);
}

TEST(ReadModel, NumbersTheLinksOfTheChain) {
  const auto model = read_model(good, "net.toml");
  ASSERT_EQ(model.links.size(), 3U);
  EXPECT_EQ(model.links[1].name, "A-B");
  EXPECT_EQ(model.links[1].address_a, 0x14000201U);
  EXPECT_EQ(model.links[1].address_b, 0x14000202U);
}

TEST(ReadModel, NamesAnUnknownKeyAndTheNearestOne) {
  expect_refusal(with("[node.A]\nlabel_scop = \"none\"\n"), "net.toml:8: ", "did you mean \"label_scope\"?");
  expect_refusal(with("[node.A]\nlabel_scop = \"none\"\n"), "net.toml:8: ", "unknown key \"node.A.label_scop\"");
  expect_refusal(with("[asx.core]\n"), "net.toml:7: ", "unknown key \"asx\"");
  expect_refusal(with("[link.\"A-B\"]\ndelay = 4\n"), "net.toml:8: ", "did you mean \"delay_us\"?");
}

TEST(ReadModel, NamesAnUnknownValueAndTheNearestOne) {
  expect_refusal(with("[node.A]\npop_mode = \"explicitnull\"\n"), "net.toml:8: ", "did you mean \"explicit_null\"?");
  expect_refusal(with("[node.A]\nprofile = \"Q\"\n"), "net.toml:8: ", "one of C, J, U, JunosE, HPE");
  expect_refusal(with("[node.A]\npush_ttl = \"pipe(0)\"\n"), "net.toml:8: ", "pipe(N)");
  expect_refusal(with("[node.A]\nte_ittl = 100\n"), "net.toml:8: ", "32, 64, 128 or 255");
  expect_refusal(with("[node.A]\nreply_faults = [\"lat\"]\n"), "net.toml:8: ", "did you mean \"late\"?");
}

TEST(ReadModel, NamesUnknownNodesAndLinks) {
  expect_refusal(with("[node.AA]\nprofile = \"C\"\n"), "net.toml:7: ", "unknown node \"AA\", did you mean \"A\"?");
  expect_refusal(with("[link.\"B-A\"]\ncost = 2\n"), "net.toml:7: ", "unknown link \"B-A\"");
  expect_refusal("title = \"t\"\nchain = [\"VP\", \"A\", \"D\"]\ndestinations = [\"E\"]\n", "net.toml:3: ", "\"E\"");
}

TEST(ReadModel, SaysWhatIsMissing) {
  expect_refusal("", "net.toml:1: ", "title: is missing");
  expect_refusal("title = \"t\"\n", "net.toml:1: ", "chain: is missing");
  expect_refusal("title = \"t\"\nchain = [\"A\", \"B\"]\ndestinations = [\"A\"]\n", "net.toml:2: ", "\"VP\"");
  expect_refusal("title = \"t\"\nchain = [\"VP\", \"A\", \"D\"]\n", "net.toml:1: ", "destinations: is missing");
  expect_refusal(with("[[lsp]]\nfrom = \"A\"\nto = \"B\"\n"), "net.toml:7: ", "push_ttl: is missing");
  expect_refusal(with("[node.A]\nicmp_src = \"fixed\"\n"), "net.toml:8: ", "needs fixed_source");
}

TEST(ReadModel, RefusesWrongTypes) {
  expect_refusal(with("[node.A]\nte_ittl = \"64\"\n"), "net.toml:8: ", "whole number");
  expect_refusal(with("[node.A]\nmulti_object = 1\n"), "net.toml:8: ", "true or false");
  expect_refusal(with("[link.\"A-B\"]\ndelay_us = 0.5\n"), "net.toml:8: ", "whole microseconds");
  expect_refusal(with("[link.\"A-B\"]\nloss_ppm = 2000000\n"), "net.toml:8: ", "between 0 and 1000000");
  expect_refusal(with("[node]\nA = 3\n"), "net.toml:8: ", "must be a table");
  expect_refusal(with("[route]\nto = \"D\"\n"), "net.toml:7: ", "[[route]]");
}

TEST(ReadModel, RefusesImpossibleLinksAndRoutes) {
  expect_refusal(with("[link.\"A-B\"]\naddresses = [\"20.0.2.1\", \"20.0.3.1\"]\n"), "net.toml:8: ", "one subnet");
  expect_refusal(with("[link.\"A-B\"]\naddresses = [\"20.0.2.1\"]\n"), "net.toml:8: ", "two ends");
  expect_refusal(with("[[route]]\nat = \"A\"\nto = \"D\"\nvia = \"D\"\n"), "net.toml:7: ", "A has no link to D");
  expect_refusal(with("[[branch]]\npath = [\"A\", \"A\"]\n"), "net.toml:8: ", "two different ends");
  expect_refusal(with("[as.x]\nrouters = \"VP\"\n"), "net.toml:8: ", "belongs to no AS");
  expect_refusal(with("[node.VP]\nprofile = \"C\"\n"), "net.toml:7: ", "vantage point");
}

TEST(ReadModel, ReportsTomlErrorsWithTheirLine) {
  expect_refusal("title = \"t\"\nchain = [\"VP\",\n", "net.toml:", "");
  expect_refusal(with("title = \"again\"\n"), "net.toml:7: ", "unknown key");
  expect_refusal("title = \n", "net.toml:1: ", "");
  expect_refusal("title = \"t\"\ni\xd0\x81 = 1\n", "net.toml:2: ", "ASCII");
}

TEST(ReadModel, ReadsRangesOfDestinations) {
  const auto info = read_scenario_info(with("[node.D]\nowns = \"20.64.0.0/24\"\n"), "net.toml");
  EXPECT_EQ(info.destinations.size(), 1U);
  std::string text{good};
  text.replace(text.find("[\"D\"]"), 5, "[\"D\", \"20.64.0.1+200\"]");
  EXPECT_EQ(read_scenario_info(text, "net.toml").destinations.size(), 201U);
  text.replace(text.find("+200"), 4, "+2000000");
  expect_refusal(text, "net.toml:3: ", "between 1 and 1000000");
}

TEST(ReadModel, LaterSettingsWinOverEarlierOnes) {
  const auto model = read_model(
      with("profile = \"J\"\n[defaults]\nprofile = \"U\"\nte_ittl = 128\n[node.B]\nte_ittl = 64\n"), "net.toml");
  EXPECT_EQ(model.nodes[1].knobs.te_ittl, 128);  // the defaults' knob over the AS's profile
  EXPECT_EQ(model.nodes[1].knobs.er_ittl, 64);   // the AS's profile
  EXPECT_EQ(model.nodes[1].knobs.label_scope, LabelScope::loopbacks);
  EXPECT_EQ(model.nodes[2].knobs.te_ittl, 64);  // the node's own
}

}  // namespace
}  // namespace utnt::emu
