// SPDX-License-Identifier: BSD-2-Clause
// `utnt lab`: the emulated Internet, in a namespace where any program can use it. This file is the option table.
#include <CLI/CLI.hpp>
#include <memory>

#include "apps/utnt/command.hpp"
#include "apps/utnt/lab_commands.hpp"
#include "apps/utnt/option_helpers.hpp"

namespace utnt::apps {

namespace {

void add_up(CLI::App& lab, Invocation& invocation) {
  auto* command = lab.add_subcommand("up", "Start an emulated network in the background");
  auto options = std::make_shared<LabUpOptions>();
  command->add_option("SCENARIO", options->scenario, "Name or alias of a scenario (see utnt lab list), or a TOML file")
      ->required();
  command->add_option("--name", options->name, "Name of this lab; several may be up")->type_name("NAME");
  command->add_option("--seed", options->seed, "Number that decides every random choice of the network")
      ->type_name("N")
      ->capture_default_str();
  one_of(
      command->add_option("--port", options->port,
                          "Interface of the vantage point: a TAP, or a pair where /dev/net/tun is not permitted; here: "
                          "a TAP in the namespace of this command, which must be sealed"),
      {"auto", "tap", "pair", "here"});
  command
      ->add_option("--unix", options->unix_socket,
                   "No namespace: carry Ethernet frames over a Unix datagram socket at PATH (QEMU's -netdev dgram)")
      ->type_name("PATH");
  command->add_flag("--json", options->json, "JSON lines instead of text");
  command->callback([options, &invocation] { invocation.run = [options] { return lab_up(*options); }; });
}

void add_exec(CLI::App& lab, Invocation& invocation) {
  auto* command = lab.add_subcommand("exec", "Run any program inside a lab: utnt lab exec -- COMMAND [ARGUMENT...]");
  auto name = std::make_shared<std::string>();
  command->add_option("--name", *name, "Which lab (default: the only one)")->type_name("NAME");
  auto words = std::make_shared<std::vector<std::string>>();
  command->add_option("COMMAND", *words, "Program and arguments, behind --")->required();
  command->callback([words, name, &invocation] {
    invocation.run = [words, name, &invocation] {
      invocation.passed_exit_code = lab_exec(*name, *words);
      return ExitCode::done;
    };
  });
}

void add_truth(CLI::App& lab, Invocation& invocation) {
  auto* command = lab.add_subcommand("truth", "Tell what really lies on the way to a destination");
  auto options = std::make_shared<LabTruthOptions>();
  command->add_option("DST", options->destinations, "Addresses (default: those of the scenario)");
  command->add_option("--name", options->name, "Which lab (default: the only one)")->type_name("NAME");
  command->add_option("--scenario", options->scenario, "Ask about this scenario, without a lab")->type_name("SCENARIO");
  command
      ->add_option("--seed", options->seed, "With --scenario: the number that decides its random choices (default: 1)")
      ->type_name("N");
  command
      ->add_option("--flow", options->flow,
                   "Where routers balance, ask for this flow: source and destination port, or ICMP identifier and "
                   "checksum, as results note them (source_port, destination_port)")
      ->type_name("N:N");
  one_of(command->add_option("--method", options->method, "Kind of probe that --flow is about"),
         {"icmp-paris", "udp-paris"});
  command->add_flag("--json", options->json, "JSON lines instead of text");
  command->callback([options, &invocation] { invocation.run = [options] { return lab_truth(*options); }; });
}

void add_score(CLI::App& lab, Invocation& invocation) {
  auto* command =
      lab.add_subcommand("score", "Compare results with the truth: recall, precision, right ends per class");
  auto options = std::make_shared<LabScoreOptions>();
  command->add_option("RESULTS", options->results, "JSON Lines of utnt trace; - is standard input")->required();
  command->add_option("--name", options->name, "Which lab (default: the only one)")->type_name("NAME");
  command->add_option("--scenario", options->scenario, "Compare with this scenario, without a lab")
      ->type_name("SCENARIO");
  command
      ->add_option("--seed", options->seed, "With --scenario: the number that decides its random choices (default: 1)")
      ->type_name("N");
  command->add_flag("--json", options->json, "JSON lines instead of text");
  command->callback([options, &invocation] { invocation.run = [options] { return lab_score(*options); }; });
}

void add_list_and_down(CLI::App& lab, Invocation& invocation) {
  auto* list = lab.add_subcommand("list", "Show the labs that are up, and the scenarios there are");
  auto options = std::make_shared<LabNameOptions>();
  list->add_flag("--json", options->json, "JSON lines instead of text");
  list->callback([options, &invocation] { invocation.run = [options] { return lab_list(*options); }; });

  auto* down = lab.add_subcommand("down", "End a lab");
  auto which = std::make_shared<LabNameOptions>();
  down->add_option("--name", which->name, "Which lab (default: the only one)")->type_name("NAME");
  down->add_flag("--all", which->all, "End all labs of this user");
  down->add_flag("--json", which->json, "JSON lines instead of text");
  down->callback([which, &invocation] { invocation.run = [which] { return lab_down(*which); }; });
}

}  // namespace

void register_lab(CLI::App& root, Invocation& invocation) {
  auto* lab = root.add_subcommand("lab", "Run an emulated Internet with known tunnels, and any program inside it");
  lab->require_subcommand(1);
  add_up(*lab, invocation);
  add_exec(*lab, invocation);
  add_truth(*lab, invocation);
  add_score(*lab, invocation);
  add_list_and_down(*lab, invocation);
}

}  // namespace utnt::apps
