// SPDX-License-Identifier: BSD-2-Clause
#include "support/recording_network.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace utnt::test {
namespace {

void put32(std::string& out, std::uint64_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(value >> shift & 0xff));
}

void put16(std::string& out, std::uint64_t value) {
  for (int shift = 0; shift < 16; shift += 8) out.push_back(static_cast<char>(value >> shift & 0xff));
}

}  // namespace

void RecordingNetwork::send(wire::Packet packet, Instant now) {
  packets_.push_back({now, true, {packet.begin(), packet.end()}});
  inner_.send(packet, now);
}

std::optional<wire::Received> RecordingNetwork::receive(wire::PacketBuffer out, Instant now) {
  auto received = inner_.receive(out, now);
  if (received) packets_.push_back({received->arrival, false, {received->packet.begin(), received->packet.end()}});
  return received;
}

void write_pcap(const std::string& path, const std::vector<RecordedPacket>& packets) {
  constexpr std::uint32_t magic_nanoseconds = 0xa1b23c4d;
  constexpr std::uint32_t snap_bytes = 65'535;
  constexpr std::uint32_t link_type_raw_ip = 101;
  constexpr std::uint64_t second_ns = 1'000'000'000;
  std::string out;
  put32(out, magic_nanoseconds);
  put16(out, 2);  // version 2.4
  put16(out, 4);
  put32(out, 0);
  put32(out, 0);
  put32(out, snap_bytes);
  put32(out, link_type_raw_ip);
  for (const auto& packet : packets) {
    const auto ns = static_cast<std::uint64_t>(packet.at.ns());
    put32(out, ns / second_ns);
    put32(out, ns % second_ns);
    put32(out, packet.bytes.size());
    put32(out, packet.bytes.size());
    for (const auto b : packet.bytes) out.push_back(static_cast<char>(b));
  }
  std::filesystem::create_directories(std::filesystem::path{path}.parent_path());
  std::ofstream file{path, std::ios::binary};
  file << out;
  if (!file.flush()) throw std::runtime_error("cannot write the capture " + path);
}

}  // namespace utnt::test
