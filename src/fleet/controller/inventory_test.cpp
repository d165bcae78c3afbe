// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/inventory.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/property.hpp"

namespace utnt::fleet {
namespace {

Inventory toml(std::string_view text) { return parse_inventory(text, InventoryFormat::toml, "fleet.toml"); }

std::string complaint_about(std::string_view text, InventoryFormat format = InventoryFormat::toml,
                            const std::string& file = "fleet.toml") {
  try {
    parse_inventory(text, format, file);
  } catch (const InventoryError& problem) {
    EXPECT_EQ(problem.code(), os_linux::ExitCode::bad_input);
    return problem.what();
  }
  return "nothing";
}

constexpr std::string_view full = R"(
[defaults]
user = "probe"
slots = 2

[[node]]
name = "paris-1"
host = "192.0.2.7"
port = 2222
key = "~/.ssh/id_ed25519"
jump = "me@bastion:22,inner"
tags = ["eu", "fr"]
location = "Orl\u00e9ans"
tenders = ["process"]
limits = {pps = 50, prefix_pps = 5, probes_per_hour = 9000, prefix_probes_per_hour = 700, bytes = 1048576, memory = 4194304, cpu = 25}
[node.network]
kind = "tap"
peer = "tap0"
address = "10.0.0.2/24"
gateway = "10.0.0.1"

[[node]]
name = "localhost"

[[node]]
name = "b"
user = "other"
slots = 1
)";

TEST(Inventory, ReadsEveryField) {
  const auto inventory = toml(full);
  ASSERT_EQ(inventory.nodes.size(), 3U);
  const auto& node = inventory.nodes.at(0);
  EXPECT_EQ(node.name, "paris-1");
  EXPECT_EQ(node.host, "192.0.2.7");
  EXPECT_EQ(node.transport, NodeTransport::ssh);
  EXPECT_EQ(node.user, "probe") << "from the defaults";
  EXPECT_EQ(node.port, 2222);
  EXPECT_EQ(node.key, "~/.ssh/id_ed25519");
  EXPECT_EQ(node.jump, "me@bastion:22,inner");
  EXPECT_EQ(node.tags, (std::vector<std::string>{"eu", "fr"}));
  EXPECT_EQ(node.location,
            "Orl\xc3\xa9"
            "ans");
  EXPECT_EQ(node.slots, 2U);
  EXPECT_EQ(node.tenders, std::vector<std::string>{"process"});
  EXPECT_EQ(node.limits, (NodeLimits{.pps = 50,
                                     .prefix_pps = 5,
                                     .probes_per_hour = 9'000,
                                     .prefix_probes_per_hour = 700,
                                     .bytes = 1'048'576,
                                     .memory = 4'194'304,
                                     .cpu = 25}));
  EXPECT_EQ(node.network.gateway, "10.0.0.1");
  EXPECT_EQ(node.line, 6U);
  EXPECT_EQ(inventory.find("b")->user, "other");
  EXPECT_EQ(inventory.find("nobody"), nullptr);
}

TEST(Inventory, ReachesLocalhostWithoutConfiguration) {
  EXPECT_EQ(toml(full).find("localhost")->transport, NodeTransport::local);
  const auto none = localhost_inventory();
  EXPECT_NO_THROW(check_inventory(none));
  EXPECT_EQ(none.nodes.at(0).transport, NodeTransport::local);
  EXPECT_EQ(toml("[[node]]\nname='localhost'\ntransport='ssh'\n").nodes.at(0).transport, NodeTransport::ssh)
      << "unless it is asked for by ssh";
}

TEST(Inventory, IsWrittenAsItIsRead) {
  auto before = toml(full);
  before.nodes.at(0).location = "a \"quoted\" \\ back\tslash \xf0\x9f\x97\xba \xe2\x82\xac";
  const auto after = toml(inventory_toml(before));
  ASSERT_EQ(after.nodes.size(), before.nodes.size());
  for (std::size_t i = 0; i < before.nodes.size(); ++i) {
    const auto &a = before.nodes[i], &b = after.nodes[i];
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.host, b.host);
    EXPECT_EQ(a.transport, b.transport);
    EXPECT_EQ(a.user, b.user);
    EXPECT_EQ(a.port, b.port);
    EXPECT_EQ(a.key, b.key);
    EXPECT_EQ(a.jump, b.jump);
    EXPECT_EQ(a.tags, b.tags);
    EXPECT_EQ(a.location, b.location);
    EXPECT_EQ(a.slots, b.slots);
    EXPECT_EQ(a.tenders, b.tenders);
    EXPECT_EQ(a.limits, b.limits);
    EXPECT_EQ(a.network, b.network);
  }
}

TEST(Inventory, SaysTheNetworkAsJson) {
  const auto json = nlohmann::json::parse(network_json(toml(full).nodes.at(0).network));
  EXPECT_EQ(json.at("kind"), "tap");
  EXPECT_EQ(json.at("address"), "10.0.0.2/24");
  EXPECT_EQ(network_json({}), "");
}

TEST(Inventory, KnowsWhoBringsTheAgent) {
  const auto read = [](const std::string& text) { return parse_inventory(text, InventoryFormat::toml, "hosts.toml"); };
  const std::string text = R"([defaults]
agent = "installed"
[[node]]
name = "a"
[[node]]
name = "b"
agent = "staged"
)";
  const auto inventory = read(text);
  EXPECT_EQ(inventory.nodes.at(0).agent, NodeAgent::installed);
  EXPECT_EQ(inventory.nodes.at(1).agent, NodeAgent::staged);
  const auto again = read(inventory_toml(inventory));
  EXPECT_EQ(again.nodes.at(0).agent, NodeAgent::installed);
  EXPECT_EQ(again.nodes.at(1).agent, NodeAgent::staged);
  try {
    read("[[node]]\nname = \"a\"\nagent = \"brought\"\n");
    ADD_FAILURE() << "taken";
  } catch (const InventoryError& error) {
    EXPECT_STREQ(error.what(), "hosts.toml:3: agent: expected staged or installed, found 'brought'");
  }
}

TEST(Inventory, SaysWhereNodesFetchImagesThemselves) {
  const auto read = [](const std::string& text) { return parse_inventory(text, InventoryFormat::toml, "hosts.toml"); };
  const auto inventory = read(R"([defaults]
image_url = "https://images.example.net/{digest}"
[[node]]
name = "a"
[[node]]
name = "b"
image_url = "http://192.0.2.1/utnt"
[[node]]
name = "c"
image_url = ""
)");
  const auto again = read(inventory_toml(inventory));
  for (const auto& one : {inventory, again}) {
    EXPECT_EQ(one.nodes.at(0).image_url, "https://images.example.net/{digest}");
    EXPECT_EQ(one.nodes.at(1).image_url, "http://192.0.2.1/utnt");
    EXPECT_EQ(one.nodes.at(2).image_url, "") << "over the connection, whatever the others do";
  }
}

TEST(Inventory, NamesFileLineFieldAndWhatWasExpected) {
  const std::string node = "[[node]]\nname = \"a\"\n";
  const std::vector<std::pair<std::string, std::string>> mistakes{
      {"", "fleet.toml: no node in it"},
      {"[[node]]\nhost = \"a\"\n", "fleet.toml:1: name: expected the node's name"},
      {node + "port = 0\n", "fleet.toml:1: port: expected a number from 1 to 65535, found '0'"},
      {node + "port = 65536\n", "fleet.toml:3: port: expected a whole number from 0 to 65535, found '65536'"},
      {node + "port = \"ssh\"\n", "fleet.toml:3: port: expected a whole number from 0 to 65535, found 'ssh'"},
      {node + "port = -22\n", "fleet.toml:3: port"},
      {node + "slots = 0\n", "slots: expected a number from 1 to 10000, found '0'"},
      {node + "slots = 2.5\n", "fleet.toml:3: slots"},
      {node + "tags = \"eu\"\n", "fleet.toml:3: tags: expected a list"},
      {node + "tags = [\"eu\", 3]\n", "fleet.toml:3: tags: expected texts"},
      {node + "tags = [\"a b\"]\n", "tags: expected words"},
      {node + "tags = [\"eu\", \"eu\"]\n", "tags: expected every tag once, found 'eu'"},
      {node + "transport = \"nats\"\n", "fleet.toml:3: transport: expected ssh or local, found 'nats'"},
      {node + "tenders = [\"docker\"]\n", "tenders: expected process, qemu or firecracker, found 'docker'"},
      {node + "tenders = []\n", "tenders: expected at least one"},
      {node + "colour = \"red\"\n", "fleet.toml:3: field: expected name, host"},
      {node + "[node.limits]\nppm = 3\n",
       "fleet.toml:4: limits: expected pps, prefix_pps, probes_per_hour, prefix_probes_per_hour, bytes, memory or cpu, "
       "found 'ppm'"},
      {node + "image_url = \"ftp://h/x\"\n",
       "image_url: expected an http or https URL without a password, found 'ftp://h/x'"},
      {node + "image_url = \"http://me:secret@h/x\"\n", "image_url: expected an http or https URL without a password"},
      {node + "limits = {pps = 0}\n", "limits.pps: expected a number from 1"},
      {node + "limits = {prefix_pps = 0}\n", "limits.prefix_pps: expected a number from 1"},
      {node + "limits = {prefix_probes_per_hour = -1}\n", "limits.prefix_probes_per_hour: expected a whole number"},
      {node + "[node.network]\npeer = \"x\"\n", "network.kind: expected unix, tap or ring"},
      {node + "network = {kind = \"tap\", peer = \"tap0\", address = \"10.0.0.2\"}\n",
       "network.address: expected A.B.C.D/LENGTH"},
      {node + "network = {kind = \"bridge\", peer = \"br0\", address = \"10.0.0.2/24\"}\n",
       "network.kind: expected unix"},
      {node + "host = \"-oProxyCommand=x\"\n", "host: expected a name or an address"},
      {node + "host = \"a b\"\n", "host: expected a name or an address"},
      {node + "user = \"-l\"\n", "user: expected a user's name"},
      {node + "jump = \"a;b c\"\n", "jump: expected"},
      {"[[node]]\nname = \"a/b\"\n", "name: expected 1 to 64 letters"},
      {"[[node]]\nname = \"-a\"\n", "name: expected a letter or digit first"},
      {"[[node]]\nname = 7\n", "fleet.toml:2: name: expected a text in quotes, found '7'"},
      {node + "\n" + node, "fleet.toml:4: name: expected every node once, found 'a' again (first in line 1)"},
      {"[node]\nname = \"a\"\n", "fleet.toml:1: node: expected [[node]], with two brackets"},
      {"[[nodes]]\nname = \"a\"\n", "fleet.toml:1: field: expected [defaults] or [[node]], found 'nodes'"},
      {"[defaults]\nname = \"a\"\n" + node, "fleet.toml:2: defaults: expected transport"},
      {node + "user = \"M\xc3\xbcller\"\n", "fleet.toml:3: only ASCII characters"},
      {node + "user = \"open\n", "fleet.toml:3:"},
      {node + "user = 'a'\nuser = 'b'\n", "fleet.toml:4:"},
      {"node = 3\n", "fleet.toml:1: node: expected [[node]]"},
      {"node = [3]\n", "fleet.toml:1: node: expected a table"},
  };
  for (const auto& [text, expected] : mistakes)
    EXPECT_NE(complaint_about(text).find(expected), std::string::npos) << text << "\n=> " << complaint_about(text);
}

TEST(Inventory, ReadsTheListOfHostUserAndKey) {
  const auto inventory = parse_inventory(
      "host,user,key\n# five servers\n198.51.100.1,root,/keys/id_rsa\n\n fr.example.org , me ,\r\n2001:db8::7,,\n",
      InventoryFormat::csv, "hosts.csv");
  ASSERT_EQ(inventory.nodes.size(), 3U);
  EXPECT_EQ(inventory.nodes.at(0).name, "198.51.100.1");
  EXPECT_EQ(inventory.nodes.at(0).user, "root");
  EXPECT_EQ(inventory.nodes.at(0).key, "/keys/id_rsa");
  EXPECT_EQ(inventory.nodes.at(1).host, "fr.example.org");
  EXPECT_EQ(inventory.nodes.at(1).key, "");
  EXPECT_EQ(inventory.nodes.at(2).host, "2001:db8::7");
  EXPECT_EQ(inventory.nodes.at(2).name, "2001-db8--7") << "a colon cannot stand in a name";
}

TEST(Inventory, NamesTheLineOfAMistakeInTheList) {
  const auto complaint = [](std::string_view text) { return complaint_about(text, InventoryFormat::csv, "h.csv"); };
  EXPECT_EQ(complaint("a,b,c\na,b\n"), "h.csv:2: line: expected host,user,key, found 'a,b'");
  EXPECT_NE(complaint("a,b,c,d\n").find("h.csv:1: line: expected host,user,key"), std::string::npos);
  EXPECT_NE(complaint(",b,c\n").find("h.csv:1: host: expected"), std::string::npos);
  EXPECT_NE(complaint("\"a\",b,c\n").find("without quotes"), std::string::npos);
  EXPECT_NE(complaint("a,b,c\na,d,e\n").find("h.csv:2: name: expected every node once"), std::string::npos);
  EXPECT_EQ(complaint("host,user,key\n"), "h.csv: no node in it; at least one is expected");
}

TEST(Inventory, IsToldApartByTheNameOfItsFile) {
  EXPECT_EQ(inventory_format("a/fleet.toml"), InventoryFormat::toml);
  EXPECT_EQ(inventory_format("hosts"), InventoryFormat::ansible_ini);
  EXPECT_EQ(inventory_format("hosts.ini"), InventoryFormat::ansible_ini);
  EXPECT_EQ(inventory_format("hosts.yml"), InventoryFormat::ansible_yaml);
  EXPECT_EQ(inventory_format("list.json"), InventoryFormat::ansible_yaml);
  EXPECT_EQ(inventory_format("clients.csv"), InventoryFormat::csv);
}

TEST(Inventory, SaysThatAFileCannotBeRead) {
  for (const auto* const file : {"/nonexistent/fleet.toml", "/tmp"}) {
    try {
      read_inventory(file);
      ADD_FAILURE() << file;
    } catch (const InventoryError& problem) {
      EXPECT_NE(std::string_view{problem.what()}.find("cannot be read"), std::string_view::npos) << problem.what();
    }
  }
}

PROPERTY("any text in any notation is read or refused by an inventory error", prng) {
  constexpr std::string_view pieces[] = {"[[node]]\n",
                                         "[defaults]\n",
                                         "name",
                                         "=",
                                         "\"a\"",
                                         "host",
                                         "tags",
                                         "[",
                                         "]",
                                         "{",
                                         "}",
                                         ",",
                                         "\n",
                                         " ",
                                         "'",
                                         "\"",
                                         "\\",
                                         "[g]\n",
                                         "[g:children]\n",
                                         "[g:vars]\n",
                                         "ansible_port",
                                         "22",
                                         "h[1:3]",
                                         "h[",
                                         "[a:",
                                         "all:\n",
                                         "  hosts:\n",
                                         "    x:\n",
                                         "  children:\n",
                                         "-",
                                         "*a",
                                         "&a ",
                                         "<<: ",
                                         "_meta: ",
                                         "\t",
                                         "#",
                                         "\xff",
                                         "!!binary ",
                                         "\0",
                                         "%",
                                         "|",
                                         ">",
                                         "\x80",
                                         "e9",
                                         "1e999",
                                         "0x",
                                         "1979-05-27",
                                         "\"\"\"",
                                         "'''",
                                         "\\u",
                                         "\xef\xbb\xbf"};
  std::string text;
  for (std::uint64_t i = prng.below(40); i > 0; --i) text += pieces[prng.below(std::size(pieces))];
  for (const auto format :
       {InventoryFormat::toml, InventoryFormat::ansible_ini, InventoryFormat::ansible_yaml, InventoryFormat::csv}) {
    try {
      const auto inventory = parse_inventory(text, format, "f");
      EXPECT_EQ(toml(inventory_toml(inventory)).nodes.size(), inventory.nodes.size()) << text;
    } catch (const InventoryError& problem) {
      EXPECT_TRUE(std::string_view{problem.what()}.starts_with("f:")) << problem.what();
    }
  }
}

PROPERTY("a good inventory with damaged bytes is read or refused by an inventory error", prng) {
  std::string text{full};
  for (std::uint64_t i = 1 + prng.below(5); i > 0; --i)
    text.at(prng.below(text.size())) = static_cast<char>(prng.below(prng.chance(1, 2) ? 128 : 256));
  try {
    toml(text);
  } catch (const InventoryError& problem) {
    EXPECT_TRUE(std::string_view{problem.what()}.starts_with("fleet.toml")) << problem.what();
  }
}

}  // namespace
}  // namespace utnt::fleet
