// SPDX-License-Identifier: BSD-2-Clause
#include "tender/process/arguments.hpp"

#include <limits>
#include <optional>

#include "abi/command_line.hpp"

namespace utnt::tender {
namespace {

std::optional<std::int32_t> descriptor(std::string_view text) {
  const auto number = abi::parse_number(text);
  if (!number || *number > std::uint64_t{std::numeric_limits<std::int32_t>::max()}) return std::nullopt;
  return static_cast<std::int32_t>(*number);
}

std::optional<std::uint8_t> hex_byte(std::string_view text) {
  unsigned value = 0;
  for (const char c : text) {
    value <<= 4;
    if (c >= '0' && c <= '9') {
      value |= static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value |= static_cast<unsigned>(c - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return text.size() == 2 ? std::optional{static_cast<std::uint8_t>(value)} : std::nullopt;
}

// substr() wants a runtime that can throw.
std::string_view front(std::string_view text, std::size_t bytes) {
  return {text.data(), bytes < text.size() ? bytes : text.size()};
}
std::string_view behind(std::string_view text, std::size_t bytes) {
  text.remove_prefix(bytes < text.size() ? bytes : text.size());
  return text;
}

/// Cuts the text up to `end` off the front of `rest`.
std::string_view cut(std::string_view& rest, char end) {
  const auto at = rest.find(end);
  const auto part = front(rest, at);
  rest = at == std::string_view::npos ? std::string_view{} : behind(rest, at + 1);
  return part;
}

/// BLOCK_BYTES:BLOCKS:FRAME_BYTES, of each of the two rings.
bool read_ring(std::string_view text, abi::BootNic& nic) {
  constexpr std::uint64_t block_bytes_max = 1 << 22, frame_bytes_min = 128, blocks_max = 1024, page = 4096;
  const auto block_bytes = abi::parse_number(cut(text, ':'));
  const auto blocks = abi::parse_number(cut(text, ':'));
  const auto frame_bytes = abi::parse_number(text);
  if (!block_bytes || !blocks || !frame_bytes) return false;
  if (*block_bytes == 0 || *block_bytes % page != 0 || *block_bytes > block_bytes_max) return false;
  if (*blocks == 0 || *blocks > blocks_max || *frame_bytes < frame_bytes_min || *block_bytes % *frame_bytes != 0)
    return false;
  nic.block_bytes = static_cast<std::uint32_t>(*block_bytes);
  nic.block_count = static_cast<std::uint32_t>(*blocks);
  nic.frame_bytes = static_cast<std::uint32_t>(*frame_bytes);
  nic.ring_bytes = 2 * *block_bytes * *blocks;
  return true;
}

/// FD:frames:MAC:MTU, or FD:ring:MAC:MTU:BLOCK_BYTES:BLOCKS:FRAME_BYTES
bool read_nic(std::string_view text, Arguments& out) {
  if (out.nic_count == abi::boot_nics_max) return false;
  abi::BootNic nic;
  const auto fd = descriptor(cut(text, ':'));
  const auto kind = cut(text, ':');
  if (!fd || (kind != "frames" && kind != "ring")) return false;
  nic.kind = kind == "ring" ? abi::NicKind::ring : abi::NicKind::frames;
  nic.fd = *fd;
  for (auto& byte : nic.mac) {
    const auto value = hex_byte(cut(text, ':'));
    if (!value) return false;
    byte = *value;
  }
  const auto mtu = abi::parse_number(nic.kind == abi::NicKind::ring ? cut(text, ':') : text);
  if (!mtu || *mtu < 68 || *mtu > 65'535) return false;
  nic.mtu = static_cast<std::uint16_t>(*mtu);
  if (nic.kind == abi::NicKind::ring && !read_ring(text, nic)) return false;
  out.nics[out.nic_count++] = nic;
  return true;
}

bool read_seed(std::string_view text, Arguments& out) {
  if (text.size() != 2 * out.seed.size()) return false;
  for (std::size_t i = 0; i < out.seed.size(); ++i) {
    const auto byte = hex_byte(front(behind(text, 2 * i), 2));
    if (!byte) return false;
    out.seed[i] = *byte;
  }
  out.has_seed = true;
  return true;
}

bool store(std::string_view text, std::uint64_t& out) {
  const auto number = abi::parse_number(text);
  if (number) out = *number;
  return number.has_value();
}

bool store(std::string_view text, std::int32_t& out) {
  const auto number = descriptor(text);
  if (number) out = *number;
  return number.has_value();
}

bool store_text(std::string_view text, std::size_t max, std::string_view& out) {
  out = text;
  return text.size() <= max;
}

bool read_option(std::string_view name, std::string_view value, Arguments& out) {
  if (name == "--nic") return read_nic(value, out);
  if (name == "--record-fd") return store(value, out.record_fd);
  if (name == "--log-fd") return store(value, out.log_fd);
  if (name == "--memory") return store(value, out.memory_bytes);
  if (name == "--module") return store_text(value, 4095, out.module_file);
  if (name == "--command-line") return store_text(value, command_line_max, out.command_line);
  if (name == "--tsc-hz") return store(value, out.tsc_hz);
  if (name == "--epoch") return store(value, out.epoch_ns);
  if (name == "--seed") return read_seed(value, out);
  if (name == "--parent") return store(value, out.parent);
  return false;
}

}  // namespace

std::string_view read_arguments(const char* const* words, Arguments& out) {
  for (; *words != nullptr; ++words) {
    const std::string_view word{*words};
    if (word == "--trace") {
      out.traces = true;
    } else if (word == "--no-tsc") {
      out.distrusts_tsc = true;
    } else if (word == "--no-log") {
      out.log_fd = -1;
    } else if (front(word, 2) == "--") {
      if (words[1] == nullptr || !read_option(word, words[1], out)) return word;
      ++words;
    } else if (!out.image.empty() || word.empty()) {
      return word.empty() ? std::string_view{"(an empty word)"} : word;
    } else {
      out.image = word;
    }
  }
  return out.image.empty() ? std::string_view{"(no image)"} : std::string_view{};
}

std::int32_t descriptor_of(std::string_view text) {
  if (front(text, 3) != "fd:") return -1;
  return descriptor(behind(text, 3)).value_or(-1);
}

}  // namespace utnt::tender
