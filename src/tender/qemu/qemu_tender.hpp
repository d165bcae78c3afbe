// SPDX-License-Identifier: BSD-2-Clause
// The virtual machine as a tender: QEMU's microvm, emulated, so that it needs neither privilege nor KVM. Its image is
// NAME.elf; the program's clock is the machine's own.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tender/tender.hpp"

namespace utnt::tender {

/// Path of QEMU; nothing when it is not installed.
std::optional<std::string> find_qemu();

std::unique_ptr<Tender> make_qemu_tender();

}  // namespace utnt::tender
