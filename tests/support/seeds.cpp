// SPDX-License-Identifier: BSD-2-Clause
#include "support/seeds.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

#include "base/prng.hpp"

namespace utnt::test {
namespace {

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

/// A seed that cannot be read is an error: a replay with another seed than the one asked for would mislead.
std::uint64_t parse_seed(const std::string& text) {
  const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
  const char* begin = text.data() + (is_hex ? 2 : 0);
  const char* end = text.data() + text.size();
  std::uint64_t seed = 0;
  const auto [rest, problem] = std::from_chars(begin, end, seed, is_hex ? 16 : 10);
  if (problem != std::errc{} || rest != end) throw std::runtime_error("not a seed: \"" + text + "\"");
  return seed;
}

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0;
  for (const char c : text) hash = mix64(hash ^ static_cast<unsigned char>(c));
  return hash;
}

void add_failed_seeds(std::string_view name, std::vector<std::uint64_t>& seeds) {
  std::ifstream in{std::string{UTNT_SOURCE_DIR} + "/tests/support/failed_seeds.txt"};
  std::string line;
  while (std::getline(in, line)) {
    std::istringstream words{line};
    std::string test;
    std::string seed;
    if (words >> test >> seed && test == name) seeds.push_back(parse_seed(seed));
  }
}

/// The commit of the sources, or nothing when this is not a git clone. Asked when the test runs, so that no build is
/// stale.
std::string ask_git_for_commit() {
  std::string text;
  FILE* git = ::popen("git -c safe.directory='*' -C '" UTNT_SOURCE_DIR "' rev-parse --short HEAD 2>/dev/null", "r");
  if (git == nullptr) return text;
  for (int c = std::fgetc(git); c != EOF && c != '\n'; c = std::fgetc(git)) text.push_back(static_cast<char>(c));
  ::pclose(git);
  return text;
}

}  // namespace

std::string slug(std::string_view sentence) {
  std::string name;
  for (const char c : sentence) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      name.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
    } else if (!name.empty() && name.back() != '_') {
      name.push_back('_');
    }
  }
  while (!name.empty() && name.back() == '_') name.pop_back();
  return name;
}

std::vector<std::uint64_t> seeds_for(std::string_view name, std::size_t fixed) {
  if (const char* one = std::getenv("UTNT_SEED"); one != nullptr && *one != '\0') return {parse_seed(one)};
  std::vector<std::uint64_t> seeds;
  const auto start = hash_of(name);
  // 32 bits of seed are enough to be different and short enough to be typed.
  for (std::size_t i = 0; i < fixed; ++i) seeds.push_back(mix64(start + i) >> 32);
  add_failed_seeds(name, seeds);
  if (const char* fresh = std::getenv("UTNT_FRESH_SEEDS"); fresh != nullptr && *fresh != '\0') {
    std::random_device device;
    for (auto n = parse_seed(fresh); n > 0; --n) seeds.push_back(device());
  }
  return seeds;
}

std::string replay_text(std::string_view sentence, std::string_view name, std::uint64_t seed) {
  std::string text = "FAILED " + std::string{sentence} + "  seed=" + hex(seed);
  static const std::string id = ask_git_for_commit();
  if (!id.empty()) text += "  commit=" + id;
  return text + "\nreplay: UTNT_SEED=" + hex(seed) + " ctest -R " + std::string{name};
}

}  // namespace utnt::test
