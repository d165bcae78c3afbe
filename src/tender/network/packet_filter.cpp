// SPDX-License-Identifier: BSD-2-Clause
// The program is started directly, without a shell, with its rules as standard input: nothing in a name can become a
// command. It takes each input as one transaction.
#include "tender/network/packet_filter.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "os_linux/failure.hpp"
#include "tender/network/run_program.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;

std::string text_of(const wire::Prefix& prefix) {
  std::array<char, wire::address_text_max> text{};
  return fmt::format("{}/{}", wire::format_address(prefix.address, text), prefix.length);
}

/// Interface names may hold anything but blanks and '/'; inside quotes only the quote itself would end them.
std::string quoted(const std::string& name) {
  if (name.find_first_of("\"\\\n") != std::string::npos)
    throw Failure{ExitCode::bad_input, "nft cannot name the interface " + name};
  return '"' + name + '"';
}

std::string find_nft() {
  for (const auto* const path : {"/usr/sbin/nft", "/sbin/nft", "/usr/local/sbin/nft", "/usr/bin/nft"}) {
    if (::access(path, X_OK) == 0) return path;
  }
  throw Failure{ExitCode::environment,
                "address translation needs nft, which is not installed (Debian package nftables)"};
}

}  // namespace

std::string nat_rules(const NatPlan& plan) {
  const auto tap = quoted(plan.tap), uplink = quoted(plan.uplink);
  return fmt::format(
      "create table ip {0}\n"
      "table ip {0} {{\n"
      "  chain leave {{\n"
      "    type nat hook postrouting priority srcnat; policy accept;\n"
      "    oifname {2} ip saddr {3} masquerade\n"
      "  }}\n"
      "  chain pass {{\n"
      "    type filter hook forward priority filter; policy accept;\n"
      "    iifname {1} oifname {2} ip saddr {3} accept\n"
      "    iifname {1} drop\n"
      "    iifname {2} oifname {1} ct state established,related accept\n"
      "    oifname {1} drop\n"
      "  }}\n"
      "}}\n",
      plan.table, tap, uplink, text_of(plan.subnet));
}

PacketFilter::PacketFilter(std::string program) : program_{program.empty() ? find_nft() : std::move(program)} {
  if (::access(program_.c_str(), X_OK) != 0)
    throw Failure{ExitCode::environment, "address translation needs nft, which is not at " + program_};
}

void PacketFilter::run(const std::string& rules, const std::string& what) const {
  const auto end = run_program({program_, "-f", "-"}, rules);
  if (end.status == 0) return;
  const auto reason = end.was_killed ? std::string{"it did not end in time"} : end.errors;
  const bool forbids = reason.find("not permitted") != std::string::npos;
  throw Failure{forbids ? ExitCode::not_permitted : ExitCode::environment, "nft cannot " + what + ": " + reason};
}

void PacketFilter::add(const NatPlan& plan) const { run(nat_rules(plan), "make the table " + plan.table); }

void PacketFilter::remove(const std::string& table) const {
  // A table that is not there cannot be deleted; one that is there can be added.
  run(fmt::format("add table ip {0}\ndelete table ip {0}\n", table), "remove the table " + table);
}

}  // namespace utnt::tender
