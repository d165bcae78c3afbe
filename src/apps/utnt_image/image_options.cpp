// SPDX-License-Identifier: BSD-2-Clause
// See image_options.hpp. Each key has one line in a table; ranges are those of `utnt trace`.
#include "apps/utnt_image/image_options.hpp"

#include <algorithm>

namespace utnt::image {
namespace {

using std::string_view_literals::operator""sv;

struct NumberKey {
  std::string_view key;
  std::uint64_t lowest;
  std::uint64_t highest;
  void (*set)(ImageOptions&, std::uint32_t);
};

constexpr std::uint64_t u32_max = 0xffff'ffff;

constexpr std::uint8_t byte_of(std::uint32_t value) { return static_cast<std::uint8_t>(value); }

constexpr std::array number_keys{
    NumberKey{"pps"sv, 0, 10'000'000, [](ImageOptions& o, std::uint32_t v) { o.config.rate_pps_max = v; }},
    NumberKey{"burst"sv, 1, 1024, [](ImageOptions& o, std::uint32_t v) { o.config.burst_packets_max = v; }},
    NumberKey{"prefix-pps"sv, 0, 10'000'000, [](ImageOptions& o, std::uint32_t v) { o.config.prefix_pps_max = v; }},
    NumberKey{"near-pps"sv, 0, 10'000'000, [](ImageOptions& o, std::uint32_t v) { o.config.near_pps_max = v; }},
    NumberKey{"window"sv, 1, 65'536, [](ImageOptions& o, std::uint32_t v) { o.window = v; }},
    NumberKey{"probe-window"sv, 1, 32, [](ImageOptions& o, std::uint32_t v) { o.config.window = byte_of(v); }},
    NumberKey{"first-ttl"sv, 1, 255, [](ImageOptions& o, std::uint32_t v) { o.config.first_ttl = byte_of(v); }},
    NumberKey{"max-ttl"sv, 1, 255, [](ImageOptions& o, std::uint32_t v) { o.config.max_ttl = byte_of(v); }},
    NumberKey{"gap"sv, 1, 255, [](ImageOptions& o, std::uint32_t v) { o.config.gap_limit = byte_of(v); }},
    NumberKey{"attempts"sv, 1, 3, [](ImageOptions& o, std::uint32_t v) { o.config.attempts = byte_of(v); }},
    NumberKey{"timeout-ms"sv, 10, 60'000, [](ImageOptions& o, std::uint32_t v) { o.config.timeout_max = 1_ms * v; }},
    NumberKey{"flow"sv, 0, u32_max, [](ImageOptions& o, std::uint32_t v) { o.config.flow = v; }},
    NumberKey{"pings"sv, 1, 8, [](ImageOptions& o, std::uint32_t v) { o.config.pings = byte_of(v); }},
    NumberKey{"frpla"sv, 1, 255, [](ImageOptions& o, std::uint32_t v) { o.config.frpla_min = byte_of(v); }},
    NumberKey{"rtla"sv, 1, 255, [](ImageOptions& o, std::uint32_t v) { o.config.rtla_min = byte_of(v); }},
    NumberKey{"traces"sv, 1, 65'536, [](ImageOptions& o, std::uint32_t v) { o.traces = v; }},
    NumberKey{"addresses"sv, 64, 50'000'000, [](ImageOptions& o, std::uint32_t v) { o.addresses = v; }},
    NumberKey{"tunnels"sv, 64, 50'000'000, [](ImageOptions& o, std::uint32_t v) { o.tunnels = v; }},
    NumberKey{"targets"sv, 0, u32_max, [](ImageOptions& o, std::uint32_t v) { o.targets = v; }},
    NumberKey{"hold-ms"sv, 0, 1'000'000'000, [](ImageOptions& o, std::uint32_t v) { o.hold_ms = v; }},
    NumberKey{"cycle"sv, 0, u32_max, [](ImageOptions& o, std::uint32_t v) { o.cycle = v; }},
};

/// Keys that are somebody else's: the library OS and its interfaces, and what monitors add for their usual guest.
bool is_foreign(std::string_view key) {
  constexpr std::array exact{"virtio_mmio.device"sv, "pci"sv, "reboot"sv, "panic"sv, "console"sv, "--"sv};
  if (std::find(exact.begin(), exact.end(), key) != exact.end() || key.starts_with("uk."sv)) return true;
  constexpr std::size_t digit = 3, dot = 4;
  return key.size() > dot && key.starts_with("net"sv) && key[digit] >= '0' && key[digit] <= '9' && key[dot] == '.';
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

std::optional<std::uint8_t> hex_byte(std::string_view two) {
  if (two.size() != 2) return std::nullopt;
  const auto high = hex_digit(two[0]);
  const auto low = hex_digit(two[1]);
  if (!high || !low) return std::nullopt;
  return static_cast<std::uint8_t>(*high << 4 | *low);
}

bool set_seed(ImageOptions& options, std::string_view text) {
  auto& seed = options.config.seed;
  if (text.size() != 2 * seed.size()) return false;
  for (std::size_t i = 0; i < seed.size(); ++i) {
    const auto byte = hex_byte(text.substr(2 * i, 2));
    if (!byte) return false;
    seed[i] = static_cast<std::byte>(*byte);
  }
  options.has_seed = true;
  return true;
}

bool set_flag(bool& flag, std::string_view value) {
  flag = value.empty() || value == "1"sv;
  return flag || value == "0"sv;
}

bool set_rules(ImageOptions& options, std::string_view value) {
  options.config.rules = value == "tnt"sv ? core::RuleSet::tnt : core::RuleSet::utnt;
  return value == "tnt"sv || value == "utnt"sv;
}

bool set_method(ImageOptions& options, std::string_view value) {
  options.config.method = value == "udp-paris"sv ? core::Method::udp_paris : core::Method::icmp_paris;
  return value == "udp-paris"sv || value == "icmp-paris"sv;
}

struct WordKey {
  std::string_view key;
  bool (*set)(ImageOptions&, std::string_view);
};

constexpr std::array word_keys{
    WordKey{"rules"sv, set_rules},
    WordKey{"method"sv, set_method},
    WordKey{"seed"sv, set_seed},
    WordKey{"brute-force"sv, [](ImageOptions& o, std::string_view v) { return set_flag(o.config.brute_force, v); }},
    WordKey{"doubletree"sv, [](ImageOptions& o, std::string_view v) { return set_flag(o.config.doubletree, v); }},
    WordKey{"host"sv, [](ImageOptions& o, std::string_view v) { return o.host.assign(v); }},
    WordKey{"list-name"sv, [](ImageOptions& o, std::string_view v) { return o.list_name.assign(v); }},
    WordKey{"attribution"sv, [](ImageOptions& o, std::string_view v) { return o.attribution.assign(v); }},
    WordKey{"dst"sv,
            [](ImageOptions&, std::string_view v) {
              const auto address = wire::parse_address(v);  // read again when the destinations are asked for
              return address && address->is_v4();
            }},
    WordKey{"net0.dhcp"sv, [](ImageOptions& o, std::string_view v) { return set_flag(o.wants_lease, v); }},
};

std::optional<Mistake> take(const abi::Word& word, ImageOptions& options, bool& has_probe_window) {
  constexpr Mistake bad_value{"bad value"sv, {}};
  for (const auto& known : number_keys) {
    if (known.key != word.key) continue;
    const auto number = abi::parse_number(word.value);
    if (!number || *number < known.lowest || *number > known.highest) return Mistake{bad_value.what, word};
    known.set(options, static_cast<std::uint32_t>(*number));
    has_probe_window = has_probe_window || word.key == "probe-window"sv;
    return std::nullopt;
  }
  for (const auto& known : word_keys) {
    if (known.key != word.key) continue;
    return known.set(options, word.value) ? std::nullopt : std::optional{Mistake{bad_value.what, word}};
  }
  return is_foreign(word.key) ? std::nullopt : std::optional{Mistake{"unknown key"sv, word}};
}

}  // namespace

bool Text::assign(std::string_view encoded) {
  size_ = 0;
  for (std::size_t at = 0; at < encoded.size(); ++at) {
    if (size_ == bytes_.size()) return false;
    char c = encoded[at];
    if (c == '%') {
      const auto byte = hex_byte(encoded.substr(at + 1, 2));
      if (!byte) return false;
      c = static_cast<char>(*byte);
      at += 2;
    }
    bytes_[size_++] = c;
  }
  return true;
}

std::optional<Mistake> parse_options(std::string_view command_line, ImageOptions& options) {
  auto& network = options.network;
  if (const auto word = unikernel::read_edge_config(command_line, network)) return Mistake{"bad value"sv, *word};
  bool has_probe_window = false;
  abi::CommandLine words{command_line};
  while (const auto word = words.next()) {
    if (const auto mistake = take(*word, options, has_probe_window)) return mistake;
  }
  if (options.config.rules == core::RuleSet::tnt && !has_probe_window) options.config.window = 1;
  options.config.attribution = options.attribution.view();
  options.config.source = network.address;
  const bool has_address = network.address != wire::Ipv4Address{};
  if (options.wants_lease && !has_address) return std::nullopt;
  if (options.wants_lease) return Mistake{"an address is given, contrary to"sv, {"net0.dhcp"sv, {}}};
  if (!has_address) return Mistake{"missing key"sv, {"net0.ip4"sv, {}}};
  if (network.gateway == wire::Ipv4Address{} && !network.gateway_mac) {
    return Mistake{"missing key (net0.gwmac would do too)"sv, {"net0.gw4"sv, {}}};
  }
  return std::nullopt;
}

}  // namespace utnt::image
