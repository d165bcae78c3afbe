// SPDX-License-Identifier: BSD-2-Clause
// See vm_image.hpp. QEMU wants whole files; the copies are the kernel's page cache, which it may drop, not memory of
// ours.
#include "tender/linux_vm/vm_image.hpp"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "os_linux/failure.hpp"
#include "tender/input_file.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::system_failure;
using os_linux::UniqueFd;

constexpr std::size_t block_bytes = 512;
constexpr unsigned members_max = 16;

struct TarHead {
  std::array<char, 100> name;
  std::array<char, 24> numbers;
  std::array<char, 12> bytes;
  std::array<char, 20> times;
  char type;
  std::array<char, 355> rest;
};
static_assert(sizeof(TarHead) == block_bytes);

std::optional<std::uint64_t> octal(const std::array<char, 12>& text) {
  std::uint64_t value = 0;
  std::size_t digits = 0;
  for (const char c : text) {
    if (c == '\0' || c == ' ') break;
    if (c < '0' || c > '7') return std::nullopt;
    value = value << 3 | static_cast<std::uint64_t>(c - '0');
    ++digits;
  }
  return digits == 0 ? std::nullopt : std::optional{value};
}

void add_entry(std::string& archive, std::string_view name, unsigned mode, std::string_view bytes) {
  constexpr std::size_t alignment = 4;
  static unsigned inode = 1'000'000;  // others of the same number would be taken for its links
  std::array<char, 128> head{};
  std::snprintf(head.data(), head.size(), "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", ++inode, mode,
                0U, 0U, 1U, 0U, static_cast<unsigned>(bytes.size()), 0U, 0U, 0U, 0U,
                static_cast<unsigned>(name.size() + 1), 0U);
  const auto align = [&archive] { archive.append((alignment - archive.size() % alignment) % alignment, '\0'); };
  archive += head.data();
  archive += name;
  archive += '\0';
  align();
  archive += bytes;
  align();
}

/// Beside the image, where there is room for files of its size.
UniqueFd file_beside(const std::string& path) {
  const auto slash = path.rfind('/');
  const auto directory = slash == std::string::npos ? std::string{"."} : path.substr(0, slash + 1);
  UniqueFd file{::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
  if (!file.is_open()) throw system_failure("cannot make a file in " + directory, errno);
  return file;
}

void copy(int from, const TarMember& member, int to) {
  auto offset = static_cast<off_t>(member.offset);
  for (auto left = member.bytes; left > 0;) {
    const auto copied = ::sendfile(to, from, &offset, left);
    if (copied <= 0) throw system_failure("cannot copy a part of the image", copied < 0 ? errno : EIO);
    left -= static_cast<std::uint64_t>(copied);
  }
}

void append(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(to, bytes.data(), bytes.size());
    if (written <= 0) throw system_failure("cannot write the input of a machine", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

TarMember member_of(const OpenFile& image, const std::string& path, std::string_view name) {
  const auto member = find_in_tar(image.fd.get(), name);
  if (!member || member->bytes == 0 || member->offset + member->bytes > image.bytes)
    throw Failure{ExitCode::bad_input,
                  "the image " + path + " is not one of a machine: it holds no " + std::string{name}};
  return *member;
}

}  // namespace

std::optional<TarMember> find_in_tar(int descriptor, std::string_view name) {
  std::uint64_t at = 0;
  for (unsigned i = 0; i < members_max; ++i) {
    TarHead head{};
    if (::pread(descriptor, &head, sizeof head, static_cast<off_t>(at)) != static_cast<ssize_t>(sizeof head))
      return std::nullopt;
    const auto bytes = octal(head.bytes);
    if (!bytes) return std::nullopt;
    std::string_view own{head.name.data(), head.name.size()};
    own = own.substr(0, own.find('\0'));
    if (own.starts_with("./")) own.remove_prefix(2);
    const bool is_file = head.type == '0' || head.type == '\0';
    if (is_file && own == name) return TarMember{at + block_bytes, *bytes};
    at += block_bytes + (*bytes + block_bytes - 1) / block_bytes * block_bytes;
  }
  return std::nullopt;
}

std::string input_archive(std::string_view command_line, ConstBytes module) {
  constexpr unsigned directory = 0040755, file = 0100600;
  std::string archive;
  add_entry(archive, "utnt", directory, {});
  add_entry(archive, "utnt/command-line", file, command_line);
  add_entry(archive, "utnt/module", file, {reinterpret_cast<const char*>(module.data()), module.size()});
  add_entry(archive, "TRAILER!!!", 0, {});
  return archive;
}

VmFiles open_vm_image(const std::string& path, std::string_view command_line, ConstBytes module) {
  const auto image = open_file(path, "image");
  const auto kernel = member_of(image, path, "vmlinuz"), root = member_of(image, path, "root.cpio");
  VmFiles files{file_beside(path), file_beside(path)};
  copy(image.fd.get(), kernel, files.kernel.get());
  copy(image.fd.get(), root, files.initrd.get());
  append(files.initrd.get(), input_archive(command_line, module));
  return files;
}

}  // namespace utnt::tender
