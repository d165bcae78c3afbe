// SPDX-License-Identifier: BSD-2-Clause
// The image of a machine with a kernel of Linux: a tarball with two members, `vmlinuz` and `root.cpio`, the root file
// system as the kernel unpacks it. A machine gets one more archive behind that one, with what it is to do.
// Sources: POSIX.1-2017 pax(1), "ustar interchange format"; the kernel's documentation of the initramfs buffer format.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::tender {

/// Where a member's bytes lie in the tarball.
struct TarMember {
  std::uint64_t offset{0};
  std::uint64_t bytes{0};
};

/// The regular file NAME or ./NAME of the tarball; nothing when it is not there or the tarball is damaged before it.
std::optional<TarMember> find_in_tar(int descriptor, std::string_view name);

/// An archive with the files utnt/command-line and utnt/module.
std::string input_archive(std::string_view command_line, ConstBytes module);

struct VmFiles {
  os_linux::UniqueFd kernel;
  os_linux::UniqueFd initrd;
};
/// Files without names, beside the image: what QEMU is given. Throws os_linux::Failure (bad_input when it is no such
/// image).
VmFiles open_vm_image(const std::string& path, std::string_view command_line, ConstBytes module);

}  // namespace utnt::tender
