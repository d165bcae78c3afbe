// SPDX-License-Identifier: BSD-2-Clause
#include "support/golden.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "support/seeds.hpp"

namespace utnt::test {
namespace {

class GoldenTest : public testing::Test {
 public:
  GoldenTest(std::string name, GoldenBody body) : name_{std::move(name)}, body_{body} {}
  void TestBody() override { body_(Golden{name_}); }

 private:
  std::string name_;
  GoldenBody body_;
};

std::string_view line_at(std::string_view text, std::size_t begin) {
  return text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin);
}

}  // namespace

Golden::Golden(std::string name) : name_{std::move(name)} {
  const auto path = std::string{UTNT_SOURCE_DIR} + "/tests/golden/" + name_;
  std::ifstream in{path, std::ios::binary};
  text_.assign(std::istreambuf_iterator<char>{in}, {});
  if (!in.is_open() || text_.empty()) throw std::runtime_error(path + ": golden file is missing or empty");
}

std::vector<std::byte> Golden::bytes() const {
  std::string digits;
  bool in_comment = false;
  for (const char c : text_) {
    if (c == '#') in_comment = true;
    if (c == '\n') in_comment = false;
    if (!in_comment && !std::isspace(static_cast<unsigned char>(c))) digits.push_back(c);
  }
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    unsigned value = 0;
    const char* end = digits.data() + std::min(i + 2, digits.size());
    const auto [rest, problem] = std::from_chars(digits.data() + i, end, value, 16);
    if (problem != std::errc{} || rest != digits.data() + i + 2) {
      throw std::runtime_error(name_ + ": not pairs of hex digits at digit " + std::to_string(i));
    }
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

testing::AssertionResult Golden::matches(std::string_view actual) const {
  if (actual == text_) return testing::AssertionSuccess();
  std::size_t line = 1;
  std::size_t begin = 0;
  const std::size_t shorter = std::min(actual.size(), text_.size());
  for (std::size_t i = 0; i < shorter && actual[i] == text_[i]; ++i) {
    if (text_[i] == '\n') {
      ++line;
      begin = i + 1;
    }
  }
  const auto kept = std::filesystem::temp_directory_path() / ("utnt-actual-" + slug(name_));
  std::ofstream{kept, std::ios::binary} << actual;
  return testing::AssertionFailure() << "differs from tests/golden/" << name_ << " at line " << line
                                     << "\n  golden: " << line_at(text_, begin)
                                     << "\n  actual: " << line_at(actual, begin) << "\n  all of it: " << kept.string();
}

bool register_golden(const char* sentence, const char* name, const char* file, int line, GoldenBody body) {
  const std::string golden_name{name};
  testing::RegisterTest("Golden", slug(sentence).c_str(), nullptr, nullptr, file, line, [=]() -> testing::Test* {
    return new GoldenTest{golden_name, body};
  });
  return true;
}

}  // namespace utnt::test
