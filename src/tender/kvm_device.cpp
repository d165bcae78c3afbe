// SPDX-License-Identifier: BSD-2-Clause
// The kernel's side of kvm_probe.hpp: one page of memory with the code, one processor in real mode, one run.
// Source: the kernel's documentation of the KVM interface.
#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>

#include "os_linux/clock.hpp"
#include "os_linux/unique_fd.hpp"
#include "tender/kvm_probe.hpp"

namespace utnt::tender {
namespace {

using os_linux::UniqueFd;

constexpr std::size_t memory_bytes = 65'536;
constexpr std::uint64_t code_address = 0x1000;

/// Memory that lives as long as the process that probes.
void* map(std::size_t bytes, int descriptor) {
  const int kind = descriptor < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  void* const at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, kind, descriptor, 0);
  return at == MAP_FAILED ? nullptr : at;
}

class RealKvmDevice final : public KvmDevice {
 public:
  explicit RealKvmDevice(std::string path) : path_{std::move(path)} {}
  ~RealKvmDevice() override {
    if (shared_ != nullptr) ::munmap(shared_, shared_bytes_);
    if (memory_ != nullptr) ::munmap(memory_, memory_bytes);
  }

  int open() override {
    system_ = UniqueFd{::open(path_.c_str(), O_RDWR | O_CLOEXEC)};
    return system_.is_open() ? 0 : errno;
  }
  int api_version() override { return ::ioctl(system_.get(), KVM_GET_API_VERSION, 0); }
  int capability(unsigned number) override { return ::ioctl(system_.get(), KVM_CHECK_EXTENSION, number); }
  int build(std::span<const std::uint8_t> code) override;
  Exit run() override;
  std::uint64_t tsc_hz() override {
    const int kilohertz = ::ioctl(processor_.get(), KVM_GET_TSC_KHZ, 0);
    return kilohertz > 0 ? static_cast<std::uint64_t>(kilohertz) * 1000 : 0;
  }

 private:
  int set_registers();

  std::string path_;
  UniqueFd system_, machine_, processor_;
  void* memory_{nullptr};
  void* shared_{nullptr};
  std::size_t shared_bytes_{0};
};

int RealKvmDevice::build(std::span<const std::uint8_t> code) {
  machine_ = UniqueFd{::ioctl(system_.get(), KVM_CREATE_VM, 0)};
  if (!machine_.is_open()) return errno;
  memory_ = map(memory_bytes, -1);
  if (memory_ == nullptr) return errno;
  std::copy(code.begin(), code.end(), static_cast<std::uint8_t*>(memory_) + code_address);
  kvm_userspace_memory_region region{};
  region.memory_size = memory_bytes;
  region.userspace_addr = reinterpret_cast<std::uintptr_t>(memory_);
  if (::ioctl(machine_.get(), KVM_SET_USER_MEMORY_REGION, &region) != 0) return errno;
  processor_ = UniqueFd{::ioctl(machine_.get(), KVM_CREATE_VCPU, 0)};
  if (!processor_.is_open()) return errno;
  const int shared = ::ioctl(system_.get(), KVM_GET_VCPU_MMAP_SIZE, 0);
  if (shared < static_cast<int>(sizeof(kvm_run))) return EPROTO;
  shared_bytes_ = static_cast<std::size_t>(shared);
  shared_ = map(shared_bytes_, processor_.get());
  return shared_ == nullptr ? errno : set_registers();
}

int RealKvmDevice::set_registers() {
  constexpr std::uint64_t reserved_flag = 2;
  kvm_sregs system_registers{};
  if (::ioctl(processor_.get(), KVM_GET_SREGS, &system_registers) != 0) return errno;
  system_registers.cs.base = 0;
  system_registers.cs.selector = 0;
  if (::ioctl(processor_.get(), KVM_SET_SREGS, &system_registers) != 0) return errno;
  kvm_regs registers{};
  registers.rip = code_address;
  registers.rflags = reserved_flag;
  return ::ioctl(processor_.get(), KVM_SET_REGS, &registers) != 0 ? errno : 0;
}

KvmDevice::Exit RealKvmDevice::run() {
  const auto before = os_linux::monotonic_now();
  if (::ioctl(processor_.get(), KVM_RUN, 0) != 0) return {.error = errno};
  const auto took = os_linux::monotonic_now() - before;
  const auto* const state = static_cast<const kvm_run*>(shared_);
  return {.error = 0,
          .reason = state->exit_reason,
          .port = state->exit_reason == KVM_EXIT_IO ? state->io.port : std::uint16_t{0},
          .took = took};
}

}  // namespace

std::unique_ptr<KvmDevice> open_kvm_device(const std::string& path) { return std::make_unique<RealKvmDevice>(path); }

}  // namespace utnt::tender
