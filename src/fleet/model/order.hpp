// SPDX-License-Identifier: BSD-2-Clause
// One job as controller and node both see it: what to measure, with which image, within which limits. Its identity is
// the hash of its content, so that the same event of the same campaign is the same job wherever and however often it
// is asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace utnt::fleet {

/// What a node can be asked to run.
enum class Variant : std::uint8_t { unikernel, container, vm };
std::string_view name_of(Variant variant);
std::optional<Variant> variant_named(std::string_view name);

struct RunLimits {
  std::uint32_t pps{100};
  std::uint64_t memory_bytes{std::uint64_t{4} << 20};
  std::uint32_t cpu_percent{100};                        ///< of one processor
  std::uint32_t seconds{300};                            ///< then the instance is killed
  std::uint64_t result_bytes{std::uint64_t{256} << 20};  ///< then the run is ended
  friend bool operator==(const RunLimits&, const RunLimits&) = default;
};

struct Order {
  std::string id;        ///< see order_id(); 32 lower-case hexadecimal digits
  std::string campaign;  ///< name of the event list or trigger: letters, digits, `.`, `_`, `-`
  std::uint64_t event{0};
  std::uint32_t part{0};  ///< an event that asks for several nodes becomes several orders
  Variant variant{Variant::unikernel};
  std::string tender;                ///< of the unikernel: process, qemu, firecracker; empty: the node's choice
  std::string image;                 ///< SHA-256, 64 hexadecimal digits
  std::string options;               ///< words of the image's command line, such as `rules=utnt pps=100`
  std::vector<std::string> targets;  ///< addresses in canonical text, none twice
  RunLimits limits;
  std::uint32_t dead_man_seconds{60};  ///< how long the node goes on without a controller
  friend bool operator==(const Order&, const Order&) = default;
};

inline constexpr std::size_t order_text_max = std::size_t{1} << 20;
inline constexpr std::size_t order_targets_max = 10'000;
inline constexpr std::size_t order_options_max = 2'048;
inline constexpr std::size_t order_name_max = 64;

/// Hash of campaign, event, part, variant, tender, image, options, targets and limits: the first 32 digits of a
/// SHA-256.
std::string order_id(const Order& order);
/// Throws std::invalid_argument that names the field and what was expected. The identity is not looked at.
void check_order(const Order& order);

/// One JSON object. Fields: docs/reference/fleet.md.
std::string order_text(const Order& order);
/// Throws std::invalid_argument that names the field and what was expected; checks the identity too.
Order parse_order(std::string_view text);

}  // namespace utnt::fleet
