// SPDX-License-Identifier: BSD-2-Clause
// Firecracker as a tender: a virtual machine by KVM, with a TAP as interface and a disk for the records. Its image is
// NAME.elf; the program's clock is the machine's own.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tender/tender.hpp"

namespace utnt::tender {

/// Path of Firecracker; nothing when it is not installed.
std::optional<std::string> find_firecracker();

std::unique_ptr<Tender> make_firecracker_tender();

}  // namespace utnt::tender
