// SPDX-License-Identifier: BSD-2-Clause
// Whether KVM is worth using here. A device file proves nothing: nested and paravirtual kinds exist that interpret
// every instruction. So a loop of 65,536 instructions is timed in a machine of one page, by a child process that an
// alarm bounds. Source: the unikernel specification, section 1.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/time.hpp"

namespace utnt::tender {

enum class KvmVerdict : std::uint8_t {
  usable,    ///< real hardware virtualisation
  degraded,  ///< works, too slowly to be worth it
  absent,    ///< not there, not permitted, or interpreted
};

struct KvmFinding {
  KvmVerdict verdict{KvmVerdict::absent};
  Duration took{};          ///< by the loop; 0 = it did not come that far
  std::uint64_t tsc_hz{0};  ///< of a guest's TSC, as KVM says; 0 = it does not
  std::string reason;       ///< a clause for people: what was found
};

/// "usable", "degraded", "absent".
const char* verdict_name(KvmVerdict verdict);

/// What the probe asks of a device, in this order. Errors are errno, 0 = none.
class KvmDevice {
 public:
  struct Exit {
    int error{0};
    std::uint32_t reason{0};
    std::uint16_t port{0};
    Duration took{};
  };
  KvmDevice() = default;
  KvmDevice(const KvmDevice&) = delete;
  KvmDevice& operator=(const KvmDevice&) = delete;
  virtual ~KvmDevice() = default;
  virtual int open() = 0;
  virtual int api_version() = 0;
  virtual int capability(unsigned number) = 0;
  /// A machine of one processor that will run `code` at 0x1000 in real mode.
  virtual int build(std::span<const std::uint8_t> code) = 0;
  virtual Exit run() = 0;
  virtual std::uint64_t tsc_hz() = 0;
};

std::unique_ptr<KvmDevice> open_kvm_device(const std::string& path = "/dev/kvm");

KvmFinding examine(KvmDevice& device);

/// Runs `probe` in a child process; one that does not end within `limit`, or crashes, means `absent`.
KvmFinding in_child(const std::function<KvmFinding()>& probe, Duration limit);

/// The real device, within a second. Takes well under a millisecond where KVM is real.
KvmFinding probe_kvm();

}  // namespace utnt::tender
