// SPDX-License-Identifier: BSD-2-Clause
// The rare properties of nodes and links: middleboxes, defects in replies, restrictions by prefix, noise.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "emu/knobs.hpp"

namespace utnt::emu {

/// IPv4 prefix in host byte order.
struct Ipv4Range {
  std::uint32_t base{0};
  std::uint32_t mask{0};
  [[nodiscard]] bool contains(std::uint32_t address) const { return (address & mask) == base; }
};

/// Defects of an ICMP answer, for the parser's sake.
enum class ReplyFault : std::uint8_t {
  none,
  bad_icmp_checksum,
  truncated_quote,
  foreign_quote,          ///< quotes identifier and sequence of another probe
  rewritten_destination,  ///< the quoted destination is another address
  unknown_class,          ///< one more extension object of a class nobody knows
  object_length_0,
  object_length_3,
  object_length_big,
  duplicate,
  late,       ///< two seconds late
  reordered,  ///< held back behind the answers to later probes
};

enum class FirewallAnswer : std::uint8_t {
  drop,
  port_unreachable,
  admin_prohibited,
  host_unreachable,
  time_exceeded,
  echo_reply
};

struct Nat {
  std::uint32_t outside{0};
  std::uint32_t inside{0};
  bool fixes_quotes{false};  ///< also translates inside the quoted packet of errors
};

struct Middlebox {
  std::vector<Nat> nat;
  std::int32_t ttl_add{0};                     ///< added to the TTL of packets that pass
  std::uint8_t ttl_set{0};                     ///< nonzero: they leave with this TTL
  bool ttl_forward{true}, ttl_replies{false};  ///< which packets the two lines above are about
  bool strips_extensions{false};               ///< ICMP errors that pass lose theirs
  bool rewrites_udp_checksum{false};           ///< UDP packets that pass get checksum 0
  bool blocks_echo{false};                     ///< echo requests that pass are dropped
  bool blocks_udp{false};
  bool blocks_errors{false};  ///< ICMP errors that pass are dropped
  struct Firewall {
    Ipv4Range to;
    FirewallAnswer answer{FirewallAnswer::drop};
  };
  std::vector<Firewall> firewalls;  ///< answers for the destination, or swallows
  [[nodiscard]] bool active() const {
    return !nat.empty() || ttl_add != 0 || ttl_set != 0 || strips_extensions || rewrites_udp_checksum || blocks_echo ||
           blocks_udp || blocks_errors || !firewalls.empty();
  }
};

struct NodeQuirks {
  Middlebox middlebox;
  std::vector<Ipv4Range> only_from;       ///< for Answers::only_from: sources that get an answer
  std::vector<Ipv4Range> third_party_to;  ///< destinations for which `third_party` replaces icmp_src
  IcmpSource third_party{IcmpSource::loopback};
  std::vector<Ipv4Range> silent_to;  ///< destinations whose packets get no answer of any kind here
  std::vector<ReplyFault> faults;    ///< hit answers in turn
  std::uint32_t fault_every{1};      ///< every n-th answer is hit
};

/// Per link and direction; shares in parts per million.
struct LinkNoise {
  std::uint32_t loss_ppm{0}, duplicate_ppm{0}, reorder_ppm{0}, corrupt_ppm{0};
  Duration jitter{0};
  Duration reorder_delay{20'000'000};
};

}  // namespace utnt::emu
