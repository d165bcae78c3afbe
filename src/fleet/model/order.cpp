// SPDX-License-Identifier: BSD-2-Clause
// What an order must be, and its identity; the JSON form stands in order_text.cpp. The identity is taken over
// netstrings (length, colon, bytes, comma), which no two different orders share and any language writes in a line.
#include "fleet/model/order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>

#include "fleet/model/word_check.hpp"
#include "fleet/trust/digest.hpp"
#include "wire/address.hpp"

namespace utnt::fleet {
namespace {

constexpr std::array<std::string_view, 3> variant_names{"unikernel", "container", "vm"};
constexpr std::string_view identity_format = "utnt-order-1";
constexpr std::size_t identity_digits = 32;

void add_netstring(std::string& out, std::string_view bytes) {
  out += std::to_string(bytes.size());
  out += ':';
  out += bytes;
  out += ',';
}

void check_target(const std::string& target, std::set<std::string_view>& seen) {
  const auto address = wire::parse_address(target);
  std::array<char, wire::address_text_max> text;
  if (!address || wire::format_address(*address, text) != target)
    throw wrong("targets", "addresses in canonical text, such as 192.0.2.1 or 2001:db8::1", target);
  if (!seen.insert(target).second) throw wrong("targets", "every address once", target);
}

void check_limits(const RunLimits& limits) {
  check_range("limits.pps", limits.pps, 1, 100'000);
  check_range("limits.memory_bytes", limits.memory_bytes, std::uint64_t{64} << 10, std::uint64_t{64} << 30);
  check_range("limits.cpu_percent", limits.cpu_percent, 1, 10'000);
  check_range("limits.seconds", limits.seconds, 1, 86'400);
  check_range("limits.result_bytes", limits.result_bytes, 1'024, std::uint64_t{16} << 30);
}

}  // namespace

std::string_view name_of(Variant variant) { return variant_names[static_cast<std::size_t>(variant)]; }

std::optional<Variant> variant_named(std::string_view name) {
  const auto found = std::ranges::find(variant_names, name);
  if (found == variant_names.end()) return std::nullopt;
  return static_cast<Variant>(found - variant_names.begin());
}

std::string order_id(const Order& order) {
  std::string all;
  add_netstring(all, identity_format);
  for (const std::string_view text :
       {std::string_view{order.campaign}, name_of(order.variant), std::string_view{order.tender},
        std::string_view{order.image}, std::string_view{order.options}})
    add_netstring(all, text);
  const auto& limits = order.limits;
  for (const std::uint64_t number :
       {order.event, std::uint64_t{order.part}, std::uint64_t{limits.pps}, limits.memory_bytes,
        std::uint64_t{limits.cpu_percent}, std::uint64_t{limits.seconds}, limits.result_bytes})
    add_netstring(all, std::to_string(number));
  for (const auto& target : order.targets) add_netstring(all, target);
  return sha256_hex(all).substr(0, identity_digits);
}

void check_order(const Order& order) {
  if (!is_name(order.campaign, order_name_max))
    throw wrong("campaign", "1 to 64 letters, digits, '.', '_' or '-'", order.campaign);
  if (!order.tender.empty() && order.variant != Variant::unikernel)
    throw wrong("tender", "none, as only a unikernel has one", order.tender);
  if (!order.tender.empty() && order.tender != "process" && order.tender != "qemu" && order.tender != "firecracker")
    throw wrong("tender", "process, qemu or firecracker", order.tender);
  if (!is_digest(order.image)) throw wrong("image", "64 lower-case hexadecimal digits", order.image);
  if (order.options.size() > order_options_max || !is_printable(order.options))
    throw wrong("options", "at most 2048 printable characters", order.options);
  if (order.targets.empty() || order.targets.size() > order_targets_max)
    throw wrong("targets", "1 to 10000 addresses", std::to_string(order.targets.size()));
  std::set<std::string_view> seen;
  for (const auto& target : order.targets) check_target(target, seen);
  check_limits(order.limits);
  check_range("dead_man_seconds", order.dead_man_seconds, 1, 86'400);
}

}  // namespace utnt::fleet
