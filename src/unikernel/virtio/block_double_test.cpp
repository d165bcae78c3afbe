// SPDX-License-Identifier: BSD-2-Clause
#include "unikernel/virtio/block_double_test.hpp"

#include <algorithm>
#include <cstring>

#include "base/bytes.hpp"

namespace utnt::unikernel::virtio {
namespace {

constexpr std::uint32_t write_request = 1, flush_request = 4;
constexpr std::uint8_t status_ok = 0, status_error = 1, status_unsupported = 2;

struct Header {
  std::uint32_t kind;
  std::uint32_t reserved;
  std::uint64_t sector;
};
static_assert(sizeof(Header) == 16);

Header header_of(const DeviceDouble::Buffer& buffer) {
  Header header{};
  std::memcpy(&header, buffer.data, sizeof header);
  return header;
}

}  // namespace

DeviceDouble::Settings BlockDouble::settings_for(std::size_t sectors, std::uint64_t more_features) {
  DeviceDouble::Settings settings;
  settings.kind = DeviceKind::block;
  settings.features = feature::version_1 | feature::event_index | more_features;
  for (unsigned i = 0; i < 8; ++i) settings.configuration[i] = static_cast<std::uint8_t>(sectors >> (8 * i));
  return settings;
}

void BlockDouble::collect() {
  for (std::vector<DeviceDouble::Buffer> chain; device.pop_chain(0, chain);)
    requests_.push_back({chain.front().id, chain});
}

std::size_t BlockDouble::waiting() {
  collect();
  return requests_.size();
}

bool BlockDouble::serve() {
  collect();
  if (requests_.empty()) return false;
  const auto request = requests_.front();
  requests_.erase(requests_.begin());
  carry_out(request);
  return true;
}

void BlockDouble::serve_backwards() {
  collect();
  std::reverse(requests_.begin(), requests_.end());
  while (serve()) {
  }
}

bool BlockDouble::is_well_formed(const Request& request) {
  const auto& chain = request.chain;
  if (chain.size() < 2 || chain.size() > 3) return device.note("a request of " + std::to_string(chain.size())), false;
  if (chain.front().is_writable || chain.front().bytes != sizeof(Header)) return device.note("header"), false;
  if (!chain.back().is_writable || chain.back().bytes != 1) return device.note("status"), false;
  const auto header = header_of(chain.front());
  if (header.reserved != 0) return device.note("reserved word"), false;
  if (chain.size() == 2) return header.kind == flush_request || (device.note("a write without data"), false);
  if (chain[1].is_writable) return device.note("data for writing"), false;
  return chain[1].bytes % sector_bytes == 0 || (device.note("half a sector"), false);
}

std::uint8_t BlockDouble::status_of(const Request& request) {
  if (answer != status_ok) return answer;
  const auto header = header_of(request.chain.front());
  if (header.kind == flush_request) {
    ++flushes;
    if ((device.agreed() & feature::block_flush) == 0) device.note("a flush that was not agreed on");
    return status_ok;
  }
  if (header.kind != write_request) return status_unsupported;
  const auto& data = request.chain[1];
  const auto sectors = data.bytes / sector_bytes;
  if (header.sector > disk.size() / sector_bytes || sectors > disk.size() / sector_bytes - header.sector) {
    device.note("beyond the end of the disk");
    return status_error;
  }
  ++writes;
  std::copy_n(data.data, data.bytes, disk.begin() + static_cast<std::ptrdiff_t>(header.sector * sector_bytes));
  return status_ok;
}

void BlockDouble::carry_out(const Request& request) {
  if (is_well_formed(request)) *request.chain.back().data = status_of(request);
  device.use(0, request.id, 1);
  device.publish(0);
}

}  // namespace utnt::unikernel::virtio
