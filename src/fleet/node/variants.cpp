// SPDX-License-Identifier: BSD-2-Clause
// What this agent knows how to run, and the bundle of a job that could not be run.
#include <unistd.h>

#include <utility>

#include "fleet/model/bundle.hpp"
#include "fleet/node/run.hpp"
#include "fleet/node/unikernel_run.hpp"
#include "tender/qemu/qemu_tender.hpp"

namespace utnt::fleet {
namespace {

class AllVariants final : public Variants {
 public:
  explicit AllVariants(std::string tender_program) : tender_program_{std::move(tender_program)} {}

  [[nodiscard]] std::optional<std::string> cannot(const Order& order) const override {
    if (order.variant != Variant::unikernel) return "this agent does not know the variant";
    if (order.tender == "qemu") {
      if (!tender::find_qemu()) return "qemu-system-x86_64 is not installed (Debian package qemu-system-x86)";
      return std::nullopt;
    }
    if (!order.tender.empty() && order.tender != "process")
      return "this agent does not know the tender " + order.tender;
    if (::access(tender_program_.c_str(), X_OK) != 0) return "there is no " + tender_program_;
    return std::nullopt;
  }

  std::unique_ptr<Run> start(const Order& order, std::uint32_t attempt, const RunSetting& setting) override {
    return start_unikernel(order, attempt, setting, tender_program_);
  }

 private:
  std::string tender_program_;
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
