// SPDX-License-Identifier: BSD-2-Clause
// Tarballs are made by the system's tar; the fields of a newc head stand where the kernel's documentation of the
// initramfs buffer format puts them (13 fields of 8 hexadecimal digits behind a magic of 6).
#include "tender/linux_vm/vm_image.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "os_linux/failure.hpp"
#include "support/temporary_directory.hpp"

namespace utnt::tender {
namespace {

class VmImage : public ::testing::Test {
 protected:
  VmImage() {
    test::write_file(directory_ / "vmlinuz", "a kernel");
    test::write_file(directory_ / "root.cpio", std::string(1000, 'r'));
    test::write_file(directory_ / "empty", "");
  }
  std::string tar(const std::string& words) {
    const auto command = "tar -C " + directory_.path() + " -cf " + (directory_ / "image.tar") + " " + words;
    EXPECT_EQ(std::system(command.c_str()), 0);
    return directory_ / "image.tar";
  }
  static std::string whole(const os_linux::UniqueFd& file) {
    std::string text(100'000, '\0');
    const auto got = ::pread(file.get(), text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }
  test::TemporaryDirectory directory_;
};

TEST_F(VmImage, is_taken_apart_into_a_kernel_and_a_root_with_the_input_behind_it) {
  const auto path = tar("--format=ustar ./root.cpio ./vmlinuz");
  const auto before = directory_.files();
  const auto files = open_vm_image(path, "rules=utnt", {});
  EXPECT_EQ(whole(files.kernel), "a kernel");
  EXPECT_EQ(whole(files.initrd).substr(0, 1000), std::string(1000, 'r'));
  EXPECT_EQ(whole(files.initrd).substr(1000, 6), "070701");
  EXPECT_EQ(directory_.files(), before) << "the files have no names";
}

TEST_F(VmImage, without_a_kernel_or_a_root_is_refused) {
  for (const auto* const words :
       {"./root.cpio", "./vmlinuz", "./empty", "--transform=s/empty/vmlinuz/ ./empty ./root.cpio"}) {
    const auto path = tar(words);
    EXPECT_THROW(open_vm_image(path, "", {}), os_linux::Failure) << words;
  }
  test::write_file(directory_ / "image.tar", std::string(5000, 'x'));
  EXPECT_THROW(open_vm_image(directory_ / "image.tar", "", {}), os_linux::Failure) << "no tarball";
  const auto path = tar("./root.cpio ./vmlinuz");
  ASSERT_EQ(::truncate(path.c_str(), 512 + 600), 0);
  EXPECT_THROW(open_vm_image(path, "", {}), os_linux::Failure) << "cut in the middle of a member";
  EXPECT_THROW(open_vm_image(directory_ / "nowhere", "", {}), os_linux::Failure);
}

TEST(TarMembers, are_found_behind_others_and_never_in_a_damaged_head) {
  const test::TemporaryDirectory directory;
  std::string head(512, '\0');
  head.replace(0, 4, "name");
  head.replace(124, 11, "00000000012");  // ten bytes
  head[156] = '0';
  const auto find = [&](const std::string& bytes, const char* name) {
    test::write_file(directory / "t", bytes);
    const os_linux::UniqueFd file{::open((directory / "t").c_str(), O_RDONLY | O_CLOEXEC)};
    return find_in_tar(file.get(), name);
  };
  const auto member = find(head + std::string(512, 'x'), "name");
  ASSERT_TRUE(member.has_value());
  EXPECT_EQ(member->offset, 512U);
  EXPECT_EQ(member->bytes, 10U);
  EXPECT_FALSE(find(head + std::string(512, 'x'), "nam").has_value());
  auto bad = head;
  bad[124] = '9';
  EXPECT_FALSE(find(bad + std::string(512, 'x') + head, "name").has_value()) << "no octal number";
  auto directory_entry = head;
  directory_entry[156] = '5';
  EXPECT_FALSE(find(directory_entry, "name").has_value());
  EXPECT_FALSE(find(std::string(511, 'x'), "name").has_value());
}

TEST(InputArchive, holds_the_words_and_the_list_in_the_kernels_notation) {
  const std::string list = "20.0.8.2\n";
  const auto archive = input_archive("rules=utnt", std::as_bytes(std::span{list}));
  EXPECT_EQ(archive.size() % 4, 0U);
  struct Entry {
    std::string name, content;
    unsigned long mode{0};
  };
  std::vector<Entry> entries;
  for (std::size_t at = 0; at < archive.size();) {
    ASSERT_EQ(archive.substr(at, 6), "070701");
    const auto field = [&](std::size_t number) {
      return std::stoul(archive.substr(at + 6 + 8 * number, 8), nullptr, 16);
    };
    constexpr std::size_t mode = 1, file_bytes = 6, name_bytes = 11, head = 110;
    const auto name = archive.substr(at + head, field(name_bytes) - 1);
    const auto content = (at + head + field(name_bytes) + 3) / 4 * 4;
    entries.push_back({name, archive.substr(content, field(file_bytes)), field(mode)});
    at = (content + field(file_bytes) + 3) / 4 * 4;
  }
  ASSERT_EQ(entries.size(), 4U);
  EXPECT_EQ(entries[0].name, "utnt");
  EXPECT_EQ(entries[0].mode, 0040755U);
  EXPECT_EQ(entries[1].name, "utnt/command-line");
  EXPECT_EQ(entries[1].content, "rules=utnt");
  EXPECT_EQ(entries[1].mode, 0100600U);
  EXPECT_EQ(entries[2].name, "utnt/module");
  EXPECT_EQ(entries[2].content, list);
  EXPECT_EQ(entries[3].name, "TRAILER!!!");
}

}  // namespace
}  // namespace utnt::tender
