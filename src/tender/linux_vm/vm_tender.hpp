// SPDX-License-Identifier: BSD-2-Clause
// A whole machine as a tender: QEMU with a distribution's kernel and a root file system whose first process is
// utnt-prober. Image: vm_image.hpp. Interface: a Unix socket or a TAP, as for the image of the library OS.
#pragma once

#include <memory>

#include "tender/kvm_probe.hpp"
#include "tender/tender.hpp"

namespace utnt::tender {

/// `kvm` decides between KVM and emulation; without a finding it is emulation.
std::unique_ptr<Tender> make_linux_vm_tender(KvmFinding kvm = {});

}  // namespace utnt::tender
