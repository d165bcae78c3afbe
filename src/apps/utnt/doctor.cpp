// SPDX-License-Identifier: BSD-2-Clause
// `utnt doctor`: what works on this machine, what does not, what to do about it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "apps/utnt/command.hpp"
#include "apps/utnt/doctor_checks.hpp"
#include "apps/utnt/version.hpp"

namespace utnt::apps {

namespace {

const char* word_for(CheckResult result) {
  switch (result) {
    case CheckResult::works:
      return "works";
    case CheckResult::missing:
      return "missing";
    case CheckResult::optional:
      return "optional";
  }
  return "?";
}

void print_text(const std::vector<Check>& checks, std::ptrdiff_t missing) {
  std::string out = fmt::format("utnt {} ({})\n", version_number(), version_commit());
  for (const auto& check : checks) {
    out += fmt::format("{:<9} {:<15} {}\n", word_for(check.result), check.name, check.detail);
    if (!check.advice.empty()) out += fmt::format("{:<25}   -> {}\n", "", check.advice);
  }
  out += missing == 0 ? "Everything works.\n" : fmt::format("{} missing; the arrows say what to do.\n", missing);
  std::fputs(out.c_str(), stdout);
}

void print_json(const std::vector<Check>& checks) {
  for (const auto& check : checks) {
    const nlohmann::ordered_json line{{"type", "check"},
                                      {"name", check.name},
                                      {"result", word_for(check.result)},
                                      {"detail", check.detail},
                                      {"advice", check.advice}};
    std::fputs((line.dump() + "\n").c_str(), stdout);
  }
}

}  // namespace

void register_doctor(CLI::App& root, Invocation& invocation) {
  auto* command = root.add_subcommand("doctor", "Tell what works on this machine, what does not, and what to do");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "JSON lines instead of text");
  command->callback([json, &invocation] {
    invocation.run = [json] {
      const auto checks = all_checks();
      const auto missing =
          std::count_if(checks.begin(), checks.end(), [](const Check& c) { return c.result == CheckResult::missing; });
      *json ? print_json(checks) : print_text(checks, missing);
      return missing == 0 ? ExitCode::done : ExitCode::done_with_failures;
    };
  });
}

}  // namespace utnt::apps
