// SPDX-License-Identifier: BSD-2-Clause
// What this agent knows how to run, and the bundle of a job that could not be run.
#include <unistd.h>

#include <utility>

#include "fleet/model/bundle.hpp"
#include "fleet/node/run.hpp"
#include "fleet/node/tender_run.hpp"
#include "tender/container/container_tender.hpp"
#include "tender/kvm_probe.hpp"
#include "tender/linux_vm/vm_tender.hpp"
#include "tender/qemu/qemu_tender.hpp"

namespace utnt::fleet {
namespace {

/// Whether KVM works is asked once, when a machine is wanted first.
class AllVariants final : public Variants {
 public:
  explicit AllVariants(std::string tender_program)
      : tender_program_{std::move(tender_program)},
        process_{tender::make_process_tender()},
        container_{tender::make_container_tender(containers_beside(tender_program_))} {}

  [[nodiscard]] std::optional<std::string> cannot(const Order& order) const override {
    if (order.variant == Variant::container) return tender::lacks_for_containers();
    if (order.variant == Variant::vm || order.tender == "qemu") {
      if (!tender::find_qemu()) return "qemu-system-x86_64 is not installed (Debian package qemu-system-x86)";
      return std::nullopt;
    }
    if (!order.tender.empty() && order.tender != "process")
      return "this agent does not know the tender " + order.tender;
    if (::access(tender_program_.c_str(), X_OK) != 0) return "there is no " + tender_program_;
    return std::nullopt;
  }

  std::unique_ptr<Run> start(const Order& order, std::uint32_t attempt, const RunSetting& setting) override {
    tender::RunRequest request;
    const bool is_machine = order.variant == Variant::vm || order.tender == "qemu";
    if (order.variant == Variant::container) request.limits.processors = order.limits.cpu_percent / 100.0;
    if (order.variant == Variant::unikernel) request.tender_program = tender_program_;
    return start_run(order, attempt, setting, tender_for(order), std::move(request), !is_machine);
  }

 private:
  static std::string containers_beside(const std::string& program) {
    return program.substr(0, program.rfind('/') + 1) + "containers";
  }

  tender::Tender& tender_for(const Order& order) {
    if (order.variant == Variant::container) return *container_;
    if (order.variant == Variant::unikernel && order.tender != "qemu") return *process_;
    if (!kvm_) kvm_ = tender::probe_kvm();
    auto& machine = order.variant == Variant::vm ? vm_ : qemu_;
    if (!machine)
      machine = order.variant == Variant::vm ? tender::make_linux_vm_tender(*kvm_) : tender::make_qemu_tender(*kvm_);
    return *machine;
  }

  std::string tender_program_;
  std::optional<tender::KvmFinding> kvm_;
  std::unique_ptr<tender::Tender> process_, container_, qemu_, vm_;
};

}  // namespace

std::unique_ptr<Variants> all_variants(const std::string& tender_program) {
  return std::make_unique<AllVariants>(tender_program);
}

std::string failure_bundle(const Order& order, std::uint32_t attempt, const RunSetting& setting,
                           const std::string& reason, const std::string& detail) {
  BundleHeader header{.job = order.id, .attempt = attempt, .node = setting.node};
  header.variant = std::string{name_of(order.variant)};
  header.tender = order.tender;
  header.image = order.image;
  header.reason = reason;
  header.detail = detail;
  header.phases = {{"received", setting.received.ns()}};
  return write_bundle(header, {});
}

}  // namespace utnt::fleet
