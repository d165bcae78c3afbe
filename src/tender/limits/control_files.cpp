// SPDX-License-Identifier: BSD-2-Clause
// One write per value: the kernel takes each write as a whole.
#include "tender/limits/control_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <iterator>
#include "os_linux/plain_text.hpp"

namespace utnt::tender {

int ControlFiles::make_directory(const std::string& path) {
  return ::mkdir(below_root(path).c_str(), 0755) == 0 ? 0 : errno;
}

int ControlFiles::remove_directory(const std::string& path) {
  return ::rmdir(below_root(path).c_str()) == 0 ? 0 : errno;
}

int ControlFiles::write(const std::string& path, std::string_view text) {
  const auto file = open(path);
  if (!file.is_open()) return errno;
  return ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : errno;
}

std::optional<std::string> ControlFiles::read(const std::string& path) const {
  return os_linux::read_text_file(below_root(path));
}

std::vector<std::string> ControlFiles::directories(const std::string& path) const {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry{below_root(path), error}, end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) names.push_back(entry->path().filename().string());
  }
  return names;
}

os_linux::UniqueFd ControlFiles::open(const std::string& path) const {
  return os_linux::UniqueFd{::open(below_root(path).c_str(), O_WRONLY | O_CLOEXEC)};
}

}  // namespace utnt::tender
