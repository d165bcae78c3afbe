// SPDX-License-Identifier: BSD-2-Clause
// Inventories as Ansible's documentation and its users write them.
#include <gtest/gtest.h>

#include "fleet/controller/ansible_tree.hpp"
#include "fleet/controller/inventory.hpp"

namespace utnt::fleet {
namespace {

using Names = std::vector<std::string>;

Inventory ini(std::string_view text) { return parse_inventory(text, InventoryFormat::ansible_ini, "hosts"); }
Inventory yaml(std::string_view text) { return parse_inventory(text, InventoryFormat::ansible_yaml, "hosts.yml"); }

template <class Function>
std::string complaint_of(const Function& function) {
  try {
    function();
  } catch (const InventoryError& problem) {
    return problem.what();
  }
  return "nothing";
}

constexpr std::string_view ini_sample = R"(# a comment
mail.example.com
192.0.2.50:2222

[webservers]
www[01:03].example.com ansible_user=deploy  # three of them
foo ansible_host=203.0.113.5 ansible_port=5555 ansible_ssh_private_key_file='/keys/my key'

; another comment
[dbservers]
db-[a:c].example.com
foo

[paris:children]
webservers
dbservers

[webservers:vars]
ansible_user = www
ntp_server = ntp.example.com

[paris:vars]
ansible_user="paris"
ansible_ssh_common_args='-o ProxyJump=me@bastion:2200 -o ServerAliveInterval=10'

[all:vars]
ansible_port=22
)";

TEST(AnsibleIni, ReadsHostsRangesAndVariables) {
  const auto inventory = ini(ini_sample);
  ASSERT_EQ(inventory.nodes.size(), 9U);
  EXPECT_EQ(inventory.nodes.at(0).name, "mail.example.com");
  EXPECT_EQ(inventory.nodes.at(0).port, 22) << "of all";
  EXPECT_EQ(inventory.find("192.0.2.50")->port, 2222) << "behind the host";
  const auto* const foo = inventory.find("foo");
  ASSERT_NE(foo, nullptr);
  EXPECT_EQ(foo->host, "203.0.113.5");
  EXPECT_EQ(foo->port, 5555);
  EXPECT_EQ(foo->key, "/keys/my key");
  EXPECT_EQ(foo->line, 7U);
  for (const auto* const name : {"www01.example.com", "www02.example.com", "www03.example.com"})
    ASSERT_NE(inventory.find(name), nullptr) << name;
  EXPECT_NE(inventory.find("db-c.example.com"), nullptr);
  EXPECT_EQ(inventory.find("db-d.example.com"), nullptr);
}

TEST(AnsibleIni, MakesGroupsTagsThoseAboveToo) {
  const auto inventory = ini(ini_sample);
  EXPECT_EQ(inventory.find("foo")->tags, (Names{"dbservers", "paris", "webservers"}));
  EXPECT_EQ(inventory.find("www01.example.com")->tags, (Names{"paris", "webservers"}));
  EXPECT_EQ(inventory.find("mail.example.com")->tags, Names{});
}

TEST(AnsibleIni, LetsTheNearerVariableWin) {
  const auto inventory = ini(ini_sample);
  EXPECT_EQ(inventory.find("www01.example.com")->user, "deploy") << "the host's own";
  EXPECT_EQ(inventory.find("foo")->user, "www") << "the inner group's";
  EXPECT_EQ(inventory.find("db-a.example.com")->user, "paris") << "the outer group's";
  EXPECT_EQ(inventory.find("mail.example.com")->user, "");
  EXPECT_EQ(inventory.find("foo")->jump, "me@bastion:2200");
}

TEST(AnsibleIni, ReadsWhatItMayNameBeforeItIsThere) {
  const auto inventory =
      ini("[all:vars]\nansible_user=u\n[top:children]\nlow\n[low:vars]\nansible_port=23\n[low]\na\n");
  EXPECT_EQ(inventory.nodes.at(0).tags, (Names{"low", "top"}));
  EXPECT_EQ(inventory.nodes.at(0).port, 23);
  EXPECT_EQ(inventory.nodes.at(0).user, "u");
}

TEST(AnsibleIni, ExpandsRangesAsAnsibleDoes) {
  EXPECT_EQ(expand_ranges("n[1:3]", "f", 1), (Names{"n1", "n2", "n3"}));
  EXPECT_EQ(expand_ranges("n[08:10]", "f", 1), (Names{"n08", "n09", "n10"}));
  EXPECT_EQ(expand_ranges("n[1:9:4]", "f", 1), (Names{"n1", "n5", "n9"}));
  EXPECT_EQ(expand_ranges("[a:b][1:2]", "f", 1), (Names{"a1", "a2", "b1", "b2"}));
  EXPECT_EQ(expand_ranges("plain", "f", 1), (Names{"plain"}));
  for (const auto* const bad :
       {"n[3:1]", "n[1]", "n[a:9]", "n[1:3", "n[:]", "n[1:3:0]", "n[1:999999999]", "n[]", "n[1:1000][1:1000]"})
    EXPECT_NE(complaint_of([&] { expand_ranges(bad, "f", 1); }), "nothing") << bad;
}

TEST(AnsibleIni, NamesTheLineOfAMistake) {
  const std::vector<std::pair<const char*, const char*>> mistakes{
      {"a b\n", "hosts:1: variable: expected NAME=VALUE behind the host, found 'b'"},
      {"ansible_host=1.2.3.4\n", "hosts:1: host: expected a host first"},
      {"a ansible_port=ssh\n", "hosts:1: ansible_port: expected a number from 1 to 65535, found 'ssh'"},
      {"a:70000\n", "hosts:1: ansible_port"},
      {"\n\na ansible_user='x\n", "hosts:3: line: expected a closing quote"},
      {"[web\na\n", "hosts:1:"},
      {"[web:hosts]\na\n", "hosts:1: section: expected [GROUP]"},
      {"[]\na\n", "hosts:1: section: expected"},
      {"a\n[web:vars]\nx=1\n", "hosts:2: group: expected one that has a section [web]"},
      {"a\n[top:children]\nlow\n", "hosts:3: group: expected one that has a section [low]"},
      {"[web]\na\n[web:vars]\nansible_user\n", "hosts:4: variable: expected NAME=VALUE"},
      {"[a]\nh\n[a:children]\nb\n[b:children]\na\n", "no circle"},
      {"a ansible_connection=docker\n", "hosts:1: ansible_connection: expected ssh or local, found 'docker'"},
      {"a ansible_host=\"{{ inventory_hostname }}.example\"\n",
       "hosts:1: ansible_host: expected a value and no template"},
      {"[g]\na\n[h]\nb/c\n", "hosts:4: name: expected 1 to 64 letters"},
      {"[]\n", "hosts:1"},
      {"[g]\n", "hosts: no node in it"},
  };
  for (const auto& [text, expected] : mistakes) {
    const auto complaint = complaint_of([&] { ini(text); });
    EXPECT_NE(complaint.find(expected), std::string::npos) << text << "=> " << complaint;
  }
}

TEST(AnsibleIni, NotesWhatItDoesNotTakeOver) {
  const auto inventory = ini("[g]\na\nb\n[g:vars]\nansible_ssh_pass=x\nansible_ssh_extra_args=-o ProxyCommand=nc\n");
  ASSERT_EQ(inventory.notes.size(), 2U) << "once, not for each host";
  EXPECT_NE(inventory.notes.at(0).find("hosts:6: ansible_ssh_extra_args"), std::string::npos);
  EXPECT_NE(inventory.notes.at(1).find("hosts:5: ansible_ssh_pass"), std::string::npos);
}

TEST(AnsibleIni, ReachesThisMachineWithoutSsh) {
  const auto inventory = ini("localhost\nx ansible_connection=local\ny ansible_connection=ansible.builtin.ssh\n");
  EXPECT_EQ(inventory.nodes.at(0).transport, NodeTransport::local);
  EXPECT_EQ(inventory.nodes.at(1).transport, NodeTransport::local);
  EXPECT_EQ(inventory.nodes.at(2).transport, NodeTransport::ssh);
}

constexpr std::string_view yaml_sample = R"(---
all:
  vars:
    ansible_user: admin
  hosts:
    mail.example.com:
  children:
    webservers:
      hosts:
        foo: {ansible_host: 203.0.113.5, ansible_port: 5555}
        www[01:02].example.com:
      vars: &common
        ansible_ssh_private_key_file: "~/.ssh/web key"
        http:
          ports: [80, 443]
    dbservers:
      vars: *common
      hosts:
        foo:
        db:
          ansible_user: !!str postgres
    empty:
ungrouped:
)";

TEST(AnsibleYaml, ReadsGroupsHostsAndVariables) {
  const auto inventory = yaml(yaml_sample);
  ASSERT_EQ(inventory.nodes.size(), 5U);
  const auto* const foo = inventory.find("foo");
  EXPECT_EQ(foo->host, "203.0.113.5");
  EXPECT_EQ(foo->port, 5555);
  EXPECT_EQ(foo->user, "admin");
  EXPECT_EQ(foo->key, "~/.ssh/web key");
  EXPECT_EQ(foo->tags, (Names{"dbservers", "webservers"}));
  EXPECT_EQ(foo->line, 10U);
  EXPECT_EQ(inventory.find("db")->user, "postgres");
  EXPECT_EQ(inventory.find("www02.example.com")->tags, Names{"webservers"});
  EXPECT_EQ(inventory.find("mail.example.com")->tags, Names{});
}

TEST(AnsibleYaml, ReadsWhatAnsibleInventoryPrints) {
  const auto inventory = yaml(R"({
    "_meta": {"hostvars": {"foo": {"ansible_host": "203.0.113.5", "ansible_port": 5555, "list": [1, {"a": null}]},
                           "db": {"ansible_user": "post\u0067res"}}},
    "all": {"children": ["ungrouped", "webservers", "dbservers"]},
    "dbservers": {"hosts": ["foo", "db"]},
    "webservers": {"hosts": ["foo"], "vars": {"ansible_user":"www"}},
    "legacy": ["db"]
})");
  ASSERT_EQ(inventory.nodes.size(), 2U);
  EXPECT_EQ(inventory.find("foo")->port, 5555);
  EXPECT_EQ(inventory.find("foo")->user, "www");
  EXPECT_EQ(inventory.find("foo")->tags, (Names{"dbservers", "webservers"}));
  EXPECT_EQ(inventory.find("db")->user, "postgres");
  EXPECT_EQ(inventory.find("db")->tags, (Names{"dbservers", "legacy"}));
}

TEST(AnsibleYaml, NamesTheLineOfAMistake) {
  const std::vector<std::pair<const char*, const char*>> mistakes{
      {"- a\n- b\n", "hosts.yml:1: file: expected groups, such as 'all:', found 'a list'"},
      {"all:\n  host:\n    a:\n", "hosts.yml:2: group all: expected hosts, children or vars, found 'host'"},
      {"all:\n  hosts: a\n", "hosts.yml:2: hosts: expected a map or a list of hosts, found 'a'"},
      {"all:\n  hosts:\n    a:\n      ansible_port: ssh\n", "hosts.yml:4: ansible_port: expected a number"},
      {"all:\n  hosts:\n    a:\n      ansible_host: [1, 2]\n",
       "hosts.yml:4: ansible_host: expected one value, found 'a list'"},
      {"all:\n  hosts:\n    a: 3\n", "hosts.yml:3: variables: expected NAME: VALUE, found '3'"},
      {"all:\n  children: 3\n", "hosts.yml:2: children: expected a map or a list of groups"},
      {"plugin: aws_ec2\n", "hosts.yml:1: plugin: expected groups; for a dynamic inventory"},
      {"all:\n  hosts:\n   a:\n  b: [\n", "hosts.yml:"},
      {"all: 7\n", "hosts.yml:1: group all: expected hosts, children or vars, found '7'"},
      {"", "hosts.yml"},
      {"a:\n  children:\n    b:\n      children:\n        a:\n      hosts:\n        h:\n", "no circle"},
  };
  for (const auto& [text, expected] : mistakes) {
    const auto complaint = complaint_of([&] { yaml(text); });
    EXPECT_NE(complaint.find(expected), std::string::npos) << text << "=> " << complaint;
  }
}

TEST(AnsibleYaml, RefusesASmallFileThatStandsForAHugeTree) {
  std::string text = "a0: &a0 {hosts: {h1: , h2: , h3: , h4: , h5: , h6: , h7: , h8: }}\n";
  for (int i = 1; i < 9; ++i) {
    const auto below = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " {children: {";
    for (int j = 0; j < 9; ++j) text += "g" + std::to_string(i) + std::to_string(j) + ": " + below + " , ";
    text += "}}\n";
  }
  EXPECT_NE(complaint_of([&] { yaml(text); }).find("at most 1000000 entries"), std::string::npos);
}

}  // namespace
}  // namespace utnt::fleet
