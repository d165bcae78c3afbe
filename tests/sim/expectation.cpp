// SPDX-License-Identifier: BSD-2-Clause
#include "expectation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "results/classic_text.hpp"

namespace utnt::sim {
namespace {

constexpr std::string_view ending = ".tnt.txt";

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in{line};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

bool take(const std::string& line, std::string_view key, std::string& value) {
  const auto start = fmt::format("# {}: ", key);
  if (!line.starts_with(start)) return false;
  value = line.substr(start.size());
  return true;
}

void read_comment(const std::string& line, Expectation& out) {
  std::string options;
  if (take(line, "run", options)) {
    out.options = words_of(options);
  } else if (!take(line, "scenario", out.scenario) && !take(line, "probes", out.probes) &&
             !take(line, "unsteady", out.unsteady)) {
    out.row += out.row.empty() ? line.substr(2) : " " + line.substr(2);
  }
}

Expectation read_expectation(const std::filesystem::path& path) {
  std::ifstream in{path};
  Expectation out;
  out.name = path.filename().string();
  out.name.resize(out.name.size() - ending.size());
  out.scenario = out.name;
  bool in_comments = true;
  for (std::string line; std::getline(in, line);) {
    in_comments = in_comments && line.starts_with("# ");
    if (in_comments) {
      read_comment(line, out);
    } else {
      out.text += line + "\n";
    }
  }
  if (out.row.empty() || !out.text.starts_with("trace [")) {
    throw std::runtime_error(path.string() + ": needs comment lines with its row, then the text");
  }
  return out;
}

unsigned number(const std::vector<std::string>& words, std::size_t at) {
  return static_cast<unsigned>(std::stoul(words.at(at)));
}

std::string path_counts(const results::TraceResult& trace, report::PathKind kind, std::string_view name) {
  std::string counts;
  for (const auto& path : trace.paths) {
    if (path.kind == kind) counts += fmt::format(" {}", path.probes_sent);
  }
  return counts.empty() ? "" : fmt::format("; {}{}", name, counts);
}

}  // namespace

std::vector<Expectation> read_expectations() {
  std::vector<Expectation> out;
  for (const auto& file :
       std::filesystem::directory_iterator{std::string{UTNT_SOURCE_DIR} + "/tests/scenarios/expected"}) {
    if (file.path().string().ends_with(ending)) out.push_back(read_expectation(file.path()));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

RunRequest request_for(const Expectation& expectation, std::uint64_t seed) {
  auto out = request(expectation.scenario, "tnt", seed);
  const auto& words = expectation.options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--brute-force") {
      out.options.brute_force = true;
    } else if (words[i] == "--frpla") {
      out.options.frpla = number(words, ++i);
    } else if (words[i] == "--max-ttl") {
      out.options.max_ttl = number(words, ++i);
    } else if (words[i] == "--method") {
      out.options.method = words.at(++i);
    } else {
      throw std::runtime_error(expectation.name + ": unknown option " + words[i]);
    }
  }
  return out;
}

std::string masked_text(const Run& run, std::string_view expected) {
  std::string text;
  for (const auto& trace : run.traces) text += results::classic_text(trace, {.verbose = true});
  static const std::regex rtt{R"( \d+\.\d{3} ms)"};
  static const std::regex label{R"((Labels|\|) \d+ mTTL)"};
  text = std::regex_replace(text, rtt, " - ms");
  if (expected.find(" * mTTL") != std::string_view::npos) text = std::regex_replace(text, label, "$1 * mTTL");
  return text;
}

std::string probes_text(const Run& run) {
  std::string out;
  for (const auto& trace : run.traces) {
    if (!out.empty()) out += " | ";
    out += fmt::format("initial {}", trace.initial.probes_sent);
    out += path_counts(trace, report::PathKind::revelation, "revelation");
    out += path_counts(trace, report::PathKind::buddy, "buddy");
  }
  return out + fmt::format("; ping {}", run.ping_probes());
}

}  // namespace utnt::sim
