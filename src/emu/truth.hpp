// SPDX-License-Identifier: BSD-2-Clause
// Ground truth about a destination: the routers on its forward path and the tunnels among them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wire/address.hpp"

namespace utnt::emu {

enum class TrueClass : std::uint8_t { explicit_ = 1, implicit = 2, opaque = 3, invisible_php = 4, invisible_uhp = 5 };

struct TrueRouter {
  std::string name;                      ///< as in the scenario; "r<N>" in the procedural Internet
  wire::IpAddress incoming;              ///< the interface the forward path enters by
  std::vector<wire::IpAddress> aliases;  ///< all its addresses, incoming included
  bool answers_te{true};
  bool answers_er{true};
};

struct TrueTunnel {
  TrueClass tunnel_class{TrueClass::explicit_};
  std::uint16_t ingress{0};       ///< index in Truth::path
  std::uint16_t egress{0};        ///< index in Truth::path; the LSRs lie strictly between
  bool detectable{true};          ///< by the table of docs/reference/detectability.md
  std::string undetectable_rule;  ///< the row of that table, empty when detectable
};

struct Truth {
  std::vector<TrueRouter> path;     ///< every router in forward order, hidden ones too; the destination last
  std::vector<TrueTunnel> tunnels;  ///< in path order
  bool reachable{true};
};

}  // namespace utnt::emu
