// SPDX-License-Identifier: BSD-2-Clause
#include "unikernel/net/edge_config.hpp"

namespace utnt::unikernel {
namespace {

using std::string_view_literals::operator""sv;

struct Interface {
  wire::IpAddress address;
  std::uint8_t length;
};

std::optional<Interface> read_interface(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = wire::parse_address(text.substr(0, slash));
  const auto length = abi::parse_number(text.substr(slash + 1));
  if (!address || !length || *length == 0 || *length > (address->is_v4() ? 32U : 128U)) return std::nullopt;
  return Interface{*address, static_cast<std::uint8_t>(*length)};
}

/// 1 or nothing, or 0.
bool read_flag(bool& flag, std::string_view value) {
  flag = value.empty() || value == "1"sv;
  return flag || value == "0"sv;
}

bool is_unicast(const wire::Ipv6Address& a) { return a.octets[0] != 0xff && a != wire::Ipv6Address{}; }

bool read_ipv6(Ipv6Config& config, std::string_view value) {
  config.is_on = value != "0"sv;
  config.address = {};
  if (value.empty() || value == "auto"sv || value == "0"sv) return true;
  const auto interface = read_interface(value);
  if (!interface || interface->address.is_v4() || !is_unicast(interface->address.v6())) return false;
  config.address = interface->address.v6();
  config.prefix_length = interface->length;
  return true;
}

bool read_word(const abi::Word& word, EdgeConfig& config) {
  if (word.key == "net0.ip4"sv) {
    const auto interface = read_interface(word.value);
    if (!interface || !interface->address.is_v4()) return false;
    config.address = interface->address.v4();
    config.prefix_length = interface->length;
  } else if (word.key == "net0.gw4"sv) {
    const auto gateway = wire::parse_address(word.value);
    if (!gateway || !gateway->is_v4()) return false;
    config.gateway = gateway->v4();
  } else if (word.key == "net0.gwmac"sv) {
    config.gateway_mac = parse_mac(word.value);
    return config.gateway_mac && !config.gateway_mac->is_multicast();
  } else if (word.key == "net0.ip6"sv) {
    return read_ipv6(config.ipv6, word.value);
  } else if (word.key == "net0.gw6"sv) {
    const auto gateway = wire::parse_address(word.value);
    if (!gateway || gateway->is_v4() || !is_unicast(gateway->v6())) return false;
    config.ipv6.gateway = gateway->v6();
  } else if (word.key == "net0.echo"sv) {
    return read_flag(config.answers_echo, word.value);
  } else if (word.key == "uk.dad"sv) {
    return read_flag(config.ipv6.waits_for_dad, word.value);
  } else if (word.key == "uk.iid"sv) {
    // Four groups, as the second half of an address is written: the rest of "::IID".
    const auto address = wire::parse_address(word.value);
    if (!address || address->is_v4()) return false;
    std::array<std::uint8_t, 8> id{};
    for (std::size_t i = 0; i < id.size(); ++i) id[i] = address->v6().octets[8 + i];
    config.ipv6.interface_id = id;
    return id != std::array<std::uint8_t, 8>{};
  }
  return true;
}

}  // namespace

std::optional<wire::MacAddress> parse_mac(std::string_view text) {
  constexpr std::size_t step = 3;
  wire::MacAddress mac;
  if (text.size() != mac.octets.size() * step - 1) return std::nullopt;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at], small = static_cast<char>(c | 0x20);
    if (at % step == 2) {
      if (c != ':') return std::nullopt;
      continue;
    }
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit && !(small >= 'a' && small <= 'f')) return std::nullopt;
    auto& octet = mac.octets[at / step];
    octet = static_cast<std::uint8_t>(octet << 4 | (is_digit ? c - '0' : small - 'a' + 10));
  }
  return mac;
}

std::optional<abi::Word> read_edge_config(std::string_view command_line, EdgeConfig& config) {
  abi::CommandLine words{command_line};
  while (const auto word = words.next()) {
    if (!read_word(*word, config)) return word;
  }
  return std::nullopt;
}

}  // namespace utnt::unikernel
