// SPDX-License-Identifier: BSD-2-Clause
// Two sealed namespaces joined by a pair of Ethernet interfaces: 20.0.1.1 "near" here, 20.0.1.2 "far" there, where the
// kernel itself answers echo requests. For use inside run_in_sealed_child.
#pragma once

#include "os_linux/interfaces.hpp"
#include "os_linux/namespaces.hpp"

namespace utnt::test_support {

struct TwoNamespaces {
  os_linux::UniqueFd near;
  os_linux::UniqueFd far;

  static wire::IpAddress near_address() { return wire::Ipv4Address{20, 0, 1, 1}; }
  static wire::IpAddress far_address() { return wire::Ipv4Address{20, 0, 1, 2}; }

  TwoNamespaces() : near{os_linux::current_namespace()} {
    os_linux::enter_new_sealed_namespace();
    far = os_linux::current_namespace();
    os_linux::join_by_veth("far", "near", near.get());
    os_linux::add_address("far", {far_address(), 24});
    os_linux::enter_namespace(near.get());
    os_linux::add_address("near", {near_address(), 24});
  }
};

}  // namespace utnt::test_support
