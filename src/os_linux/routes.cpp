// SPDX-License-Identifier: BSD-2-Clause
// The three standard tables are searched in the standard order, each by longest prefix. Whatever this does not model
// exactly is marked needs_kernel, so that a wrong guess is impossible and only speed is lost.
#include "os_linux/routes.hpp"

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "os_linux/failure.hpp"
#include "os_linux/netlink.hpp"

namespace utnt::os_linux {
namespace {

wire::Ipv4Address read_v4(ConstBytes value) {
  return value.size() >= 4 ? wire::Ipv4Address{load_be32(value, 0)} : wire::Ipv4Address{};
}

wire::IpAddress read_address(ConstBytes value) {
  if (value.size() == 4) return read_v4(value);
  wire::Ipv6Address six;
  if (value.size() != six.octets.size()) return {};
  copy_bytes(std::as_writable_bytes(std::span{six.octets}), value);
  return six;
}

std::string text_of(const wire::IpAddress& address) {
  std::array<char, wire::address_text_max> text{};
  return std::string{wire::format_address(address, text)};
}

constexpr std::size_t few_routes_max = 32;

std::uint32_t mask_of(unsigned length) { return length == 0 ? 0 : ~std::uint32_t{0} << (32U - length); }

/// The rules every system starts with: look into local, then main, then default, whatever the packet.
bool is_plain_rule(ConstBytes payload) {
  const auto rule = read_native<fib_rule_hdr>(payload);
  bool plain = rule.action == FR_ACT_TO_TBL && rule.src_len == 0 && rule.dst_len == 0 && rule.tos == 0 &&
               (rule.table == RT_TABLE_LOCAL || rule.table == RT_TABLE_MAIN || rule.table == RT_TABLE_DEFAULT) &&
               (rule.flags & FIB_RULE_INVERT) == 0;
  for_each_attribute(payload.subspan(std::min(sizeof rule, payload.size())), [&](std::uint16_t type, ConstBytes value) {
    switch (type) {
      case FRA_TABLE:
      case FRA_PROTOCOL:
        break;
      case FRA_PRIORITY: {
        const auto priority = read_native<std::uint32_t>(value);
        plain &= priority == 0 || priority == 32766 || priority == 32767;
        break;
      }
      case FRA_SUPPRESS_PREFIXLEN:
        plain &= read_native<std::uint32_t>(value) == ~std::uint32_t{0};
        break;
      default:
        plain = false;
    }
  });
  return plain;
}

}  // namespace

KernelRoute ask_route(const RouteQuestion& question) {
  const bool four = question.destination.is_v4();
  const std::string where =
      "to " + text_of(question.destination) + (question.source.is_none() ? "" : " from " + text_of(question.source));
  rtmsg header{};
  header.rtm_family = four ? AF_INET : AF_INET6;
  header.rtm_dst_len = four ? 32 : 128;
  NetlinkRequest request{RTM_GETROUTE, 0, bytes_of(header)};
  request.put(RTA_DST, std::as_bytes(question.destination.octets()));
  if (!question.source.is_none()) {
    const auto ours = local_addresses();
    if (std::ranges::find(ours, question.source) == ours.end()) {
      throw Failure{ExitCode::bad_input, text_of(question.source) + " is not an address of this host"};
    }
    request.put(RTA_SRC, std::as_bytes(question.source.octets()));
  }
  if (question.interface_index != 0) request.put_u32(RTA_OIF, question.interface_index);
  KernelRoute route{.interface_index = 0, .source = question.source};
  NetlinkSocket socket;
  const int error = socket.request(request, [&](std::uint16_t, ConstBytes payload) {
    for_each_attribute(payload.subspan(std::min(sizeof(rtmsg), payload.size())),
                       [&](std::uint16_t type, ConstBytes value) {
                         if (type == RTA_OIF) route.interface_index = read_native<std::uint32_t>(value);
                         if (type == RTA_PREFSRC && route.source.is_none()) route.source = read_address(value);
                       });
  });
  if (error != 0) {
    throw Failure{ExitCode::environment,
                  "no route " + where + " (" + system_failure("kernel", error).what() + "); see `ip route get`"};
  }
  if (route.source.is_none()) {
    throw Failure{ExitCode::environment, "the kernel names no source address for packets " + where + "; give --source"};
  }
  return route;
}

std::vector<wire::IpAddress> local_addresses() {
  std::vector<wire::IpAddress> addresses;
  NetlinkSocket socket;
  NetlinkRequest request{RTM_GETADDR, NLM_F_DUMP, bytes_of(ifaddrmsg{})};
  socket.request(request, [&](std::uint16_t type, ConstBytes payload) {
    if (type != RTM_NEWADDR) return;
    wire::IpAddress address;
    for_each_attribute(payload.subspan(std::min(sizeof(ifaddrmsg), payload.size())),
                       [&](std::uint16_t attribute, ConstBytes value) {
                         // On a point-to-point interface IFA_ADDRESS is the other end's.
                         if (attribute == IFA_LOCAL || (attribute == IFA_ADDRESS && address.is_none())) {
                           address = read_address(value);
                         }
                       });
    if (!address.is_none()) addresses.push_back(address);
  });
  return addresses;
}

RouteTable RouteTable::load(unsigned only_interface) {
  RouteTable table;
  NetlinkSocket socket;
  fib_rule_hdr rules{};
  rules.family = AF_INET;
  NetlinkRequest rule_request{RTM_GETRULE, NLM_F_DUMP, bytes_of(rules)};
  const int rule_error = socket.request(rule_request, [&](std::uint16_t type, ConstBytes payload) {
    if (type == RTM_NEWRULE) table.add_rule_message(payload);
  });
  rtmsg routes{};
  routes.rtm_family = AF_INET;
  NetlinkRequest route_request{RTM_GETROUTE, NLM_F_DUMP, bytes_of(routes)};
  const int route_error = socket.request(route_request, [&](std::uint16_t type, ConstBytes payload) {
    if (type == RTM_NEWROUTE) table.add_route_message(payload, only_interface);
  });
  // A kernel without policy routing answers "not supported" and has no rules to obey.
  if ((rule_error != 0 && rule_error != EOPNOTSUPP) || route_error != 0) table.rules_need_kernel_ = true;
  for (auto* part : {&table.local_, &table.main_, &table.default_}) part->list_few();
  return table;
}

void RouteTable::add_rule_message(ConstBytes payload) { rules_need_kernel_ |= !is_plain_rule(payload); }

void RouteTable::add_route_message(ConstBytes payload, unsigned only_interface) {
  const auto header = read_native<rtmsg>(payload);
  if (header.rtm_family != AF_INET || header.rtm_dst_len > 32 || (header.rtm_flags & RTM_F_CLONED) != 0) return;
  std::uint32_t table_id = header.rtm_table;
  std::uint32_t prefix = 0;
  Entry entry;
  entry.needs_kernel = header.rtm_type != RTN_UNICAST || header.rtm_tos != 0 || header.rtm_src_len != 0 ||
                       (header.rtm_flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) != 0;
  for_each_attribute(payload.subspan(std::min(sizeof header, payload.size())),
                     [&](std::uint16_t type, ConstBytes value) {
                       switch (type) {
                         case RTA_TABLE:
                           table_id = read_native<std::uint32_t>(value);
                           break;
                         case RTA_DST:
                           prefix = read_v4(value).value();
                           break;
                         case RTA_OIF:
                           entry.interface_index = read_native<std::uint32_t>(value);
                           break;
                         case RTA_PRIORITY:
                           entry.metric = read_native<std::uint32_t>(value);
                           break;
                         case RTA_GATEWAY:
                           entry.gateway = read_v4(value);
                           entry.has_gateway = true;
                           break;
                         case RTA_PREFSRC:
                         case RTA_CACHEINFO:
                         case RTA_PREF:
                           break;
                         default:
                           entry.needs_kernel = true;  // several paths, encapsulation, metrics, next-hop objects ...
                       }
                     });
  auto* table = table_id == RT_TABLE_LOCAL ? &local_ : table_id == RT_TABLE_MAIN ? &main_ : &default_;
  if (table == &default_ && table_id != RT_TABLE_DEFAULT) return;
  const bool elsewhere = only_interface != 0 && entry.interface_index != 0 && entry.interface_index != only_interface;
  if (elsewhere && !entry.needs_kernel) return;
  const auto [existing, is_new] = table->by_length[header.rtm_dst_len].try_emplace(prefix, entry);
  table->few.clear();
  if (is_new) return;
  const bool needs_kernel =
      existing->second.needs_kernel || entry.needs_kernel || existing->second.metric == entry.metric;
  if (entry.metric < existing->second.metric) existing->second = entry;
  existing->second.needs_kernel = needs_kernel;
}

void RouteTable::Table::list_few() {
  few.clear();
  for (unsigned length = 33; length-- > 0;) {
    for (const auto& [prefix, entry] : by_length[length]) few.push_back({mask_of(length), prefix, entry});
    if (few.size() > few_routes_max) return few.clear();
  }
}

const RouteTable::Entry* RouteTable::Table::longest_match(wire::Ipv4Address destination) const {
  for (const auto& route : few) {
    if ((destination.value() & route.mask) == route.prefix) return &route.entry;
  }
  if (!few.empty()) return nullptr;
  for (unsigned length = 33; length-- > 0;) {
    if (by_length[length].empty()) continue;
    const auto found = by_length[length].find(destination.value() & mask_of(length));
    if (found != by_length[length].end()) return &found->second;
  }
  return nullptr;
}

std::optional<NextHop> RouteTable::find(wire::Ipv4Address destination) const {
  const bool is_special = destination.value() >= 0xe0000000U || destination.value() <= 0x00ffffffU;
  if (rules_need_kernel_ || is_special || local_.longest_match(destination) != nullptr) return std::nullopt;
  const auto* entry = main_.longest_match(destination);
  if (entry == nullptr) entry = default_.longest_match(destination);
  if (entry == nullptr || entry->needs_kernel || entry->interface_index == 0) return std::nullopt;
  return NextHop{.interface_index = entry->interface_index,
                 .neighbour = entry->has_gateway ? entry->gateway : destination};
}

}  // namespace utnt::os_linux
