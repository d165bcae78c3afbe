// SPDX-License-Identifier: BSD-2-Clause
// The virtual machine as a tender: QEMU's microvm, by KVM where that is usable, else emulated, which needs neither
// privilege nor KVM. Its image is NAME.elf; the program's clock is the machine's own.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tender/kvm_probe.hpp"
#include "tender/tender.hpp"

namespace utnt::tender {

/// Path of QEMU; nothing when it is not installed.
std::optional<std::string> find_qemu();

/// `kvm` decides between KVM and emulation; without a finding it is emulation.
std::unique_ptr<Tender> make_qemu_tender(KvmFinding kvm = {});

}  // namespace utnt::tender
