// SPDX-License-Identifier: BSD-2-Clause
// Who starts an image when nobody is named: the strongest isolation that truly works here, and why that one.
#pragma once

#include <memory>
#include <string>

#include "tender/kvm_probe.hpp"
#include "tender/tender.hpp"

namespace utnt::apps {

/// What the choice depends on.
struct TenderFacts {
  bool has_process_image{false};
  bool has_machine_image{false};
  bool has_qemu{false};
  bool has_firecracker{false};
  bool wants_tap{false};   ///< the interface is a TAP: the only kind that Firecracker has
  bool wants_ring{false};  ///< it is a packet ring: only processes have those
  tender::KvmFinding kvm;
};

struct TenderChoice {
  std::string tender;  ///< process, qemu, firecracker; empty: none can start
  std::string reason;
};

/// Firecracker by KVM, QEMU by KVM, the sandboxed process, QEMU's emulation. Emulation comes last: it is no wall that
/// was built to hold, and the slowest start.
TenderChoice choose_tender(const TenderFacts& facts);

/// Looks at this machine; `image` is what the user named, if anything. KVM is tried only where a machine could start.
TenderFacts tender_facts(const std::string& image, tender::NicKind nic);

/// Makes the tender of that name; QEMU uses KVM where `kvm` says that it is usable.
std::unique_ptr<tender::Tender> make_tender(const std::string& name, const tender::KvmFinding& kvm);

}  // namespace utnt::apps
