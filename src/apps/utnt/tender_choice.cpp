// SPDX-License-Identifier: BSD-2-Clause
// See tender_choice.hpp.
#include "apps/utnt/tender_choice.hpp"

#include <fmt/format.h>

#include "apps/utnt/image_file.hpp"
#include "tender/firecracker/firecracker_tender.hpp"
#include "tender/machine_process.hpp"
#include "tender/qemu/qemu_tender.hpp"

namespace utnt::apps {

TenderChoice choose_tender(const TenderFacts& facts) {
  if (facts.wants_ring && facts.has_process_image) return {"process", "a sandbox of Linux: only it has packet rings"};
  if (facts.wants_ring) return {"", "the image is one for machines, and only processes have packet rings"};
  const bool has_kvm = facts.kvm.verdict == tender::KvmVerdict::usable && facts.has_machine_image;
  if (has_kvm && facts.has_firecracker && facts.wants_tap)
    return {"firecracker", fmt::format("a virtual machine by KVM: {}", facts.kvm.reason)};
  if (has_kvm && facts.has_qemu) return {"qemu", fmt::format("a virtual machine by KVM: {}", facts.kvm.reason)};
  const bool can_emulate = facts.has_qemu && facts.has_machine_image;
  if (facts.has_process_image) {
    if (!facts.has_machine_image) return {"process", "a sandbox of Linux: the image is one for processes alone"};
    if (!facts.has_qemu && !facts.has_firecracker)
      return {"process", "a sandbox of Linux: no virtual machine monitor is installed"};
    if (has_kvm) return {"process", "a sandbox of Linux: Firecracker needs a TAP as interface"};
    return {"process", fmt::format("a sandbox of Linux: no hardware isolation here ({}); emulation would be slower and "
                                   "no stronger wall",
                                   facts.kvm.reason)};
  }
  if (can_emulate) {
    return {"qemu", fmt::format("an emulated machine: the image is one for machines, and KVM is {} ({})",
                                tender::verdict_name(facts.kvm.verdict), facts.kvm.reason)};
  }
  if (has_kvm && facts.has_firecracker) return {"", "the image is one for machines, and Firecracker needs a TAP"};
  if (facts.has_machine_image) return {"", "the image is one for machines, and qemu-system-x86_64 is not installed"};
  return {"", "no image is installed beside this program; --image FILE names one"};
}

TenderFacts tender_facts(const std::string& image, tender::NicKind nic) {
  TenderFacts facts;
  if (image.empty()) {
    facts.has_process_image = !installed_image("process").empty();
    facts.has_machine_image = !installed_image("qemu").empty();
  } else {
    facts.has_machine_image = tender::is_machine_image(image);
    facts.has_process_image = !facts.has_machine_image;
  }
  facts.has_qemu = tender::find_qemu().has_value();
  facts.has_firecracker = tender::find_firecracker().has_value();
  facts.wants_tap = nic == tender::NicKind::tap;
  facts.wants_ring = nic == tender::NicKind::packet_ring;
  if (facts.has_machine_image && (facts.has_qemu || facts.has_firecracker)) facts.kvm = tender::probe_kvm();
  return facts;
}

std::unique_ptr<tender::Tender> make_tender(const std::string& name, const tender::KvmFinding& kvm) {
  if (name == "qemu") return tender::make_qemu_tender(kvm);
  if (name == "firecracker") return tender::make_firecracker_tender();
  return tender::make_process_tender();
}

}  // namespace utnt::apps
