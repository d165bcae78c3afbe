// SPDX-License-Identifier: BSD-2-Clause
// A disk behind the strict device: it carries out requests as Firecracker does and notes those that it would refuse.
// Sources: Virtual I/O Device (VIRTIO) 1.1, section 5.2.6; the unikernel specification, sections 6.7 and 14.3.
#pragma once

#include <cstdint>
#include <vector>

#include "unikernel/virtio/device_double_test.hpp"

namespace utnt::unikernel::virtio {

class BlockDouble {
 public:
  static constexpr std::size_t sector_bytes = 512;

  explicit BlockDouble(std::size_t sectors, std::uint64_t more_features = 0)
      : device{settings_for(sectors, more_features)}, disk(sectors * sector_bytes) {}

  /// Carries out the next request. False: there is none.
  bool serve();
  /// All that wait, the last one first.
  void serve_backwards();
  [[nodiscard]] std::size_t waiting();

  DeviceDouble device;
  Octets disk;
  std::uint8_t answer{0};  ///< status of the requests to come, when it is no success
  unsigned writes{0}, flushes{0};

 private:
  struct Request {
    std::uint16_t id;
    std::vector<DeviceDouble::Buffer> chain;
  };
  static DeviceDouble::Settings settings_for(std::size_t sectors, std::uint64_t more_features);
  void collect();
  void carry_out(const Request& request);
  std::uint8_t status_of(const Request& request);
  bool is_well_formed(const Request& request);

  std::vector<Request> requests_;
};

}  // namespace utnt::unikernel::virtio
