// SPDX-License-Identifier: BSD-2-Clause
// The options of `utnt fleet run`.
#include <CLI/CLI.hpp>

#include "apps/utnt/fleet_run.hpp"
#include "fleet/model/duration_text.hpp"
#include "fleet/model/image_url.hpp"

namespace utnt::apps {

void add_fleet_run_options(CLI::App& command, FleetRunOptions& options) {
  command.add_option("DST", options.destinations, "Destinations")->type_name("ADDRESS");
  command
      .add_option("--events", options.events,
                  "Event list: a file, or paper (59 events in 60 seconds), or paper-full (60); default: one event, now")
      ->type_name("FILE");
  command.add_flag("--stdin", options.reads_input, "Take triggers from standard input, one a line, until it ends");
  command.add_flag("--stay", options.stays, "Take triggers from the control socket until a signal comes");
  command.add_option("--policy", options.policy, "When all slots are busy: wait in the queue, or discard the event")
      ->check(CLI::IsMember({"wait", "discard"}))
      ->capture_default_str();
  command.add_option("--variant", options.variant, "What the nodes run")
      ->check(CLI::IsMember({"unikernel", "container", "vm"}))
      ->capture_default_str();
  command.add_option("--tender", options.tender, "Who starts the unikernel on a node")
      ->check(CLI::IsMember({"process", "qemu"}))
      ->capture_default_str();
  command.add_option("--image", options.image, "Image by name or digest")->type_name("NAME");
  command
      .add_option("--image-url", options.image_url,
                  "Nodes fetch the image from there by HTTP or HTTPS; {digest} stands for its SHA-256")
      ->check([](const std::string& url) { return fleet::image_url_complaint(url).value_or(std::string{}); })
      ->type_name("URL");
  command.add_option("--options", options.options, "Words for the image, as in 'rules=tnt pps=50'")->type_name("WORDS");
  command.add_option("--campaign", options.campaign, "Name under which events are counted once")->type_name("NAME");
  command.add_option("--pps", options.pps, "Probes a second of one run")->capture_default_str();
  command.add_option("--slots", options.slots, "Runs at once on this machine, without an inventory")
      ->check(CLI::Range(1U, 1000U))
      ->capture_default_str();
  command
      .add_option("--net", options.network.net, "Network of this machine's runs, without an inventory: as in utnt run")
      ->capture_default_str();
  command.add_option("--ip", options.network.address, "Their address")->type_name("A.B.C.D/LENGTH");
  command.add_option("--gateway", options.network.gateway, "Their gateway")->type_name("ADDRESS");
  command.add_option("--gateway-mac", options.network.gateway_mac, "Its hardware address")->type_name("MAC");
  command.add_option("--dir", options.directory, "Directory of the controller")->type_name("DIRECTORY");
  command.add_option("--inventory", options.inventory, "Nodes; default: inventory.toml there, else this machine")
      ->type_name("FILE");
  command.add_option("--nodes", options.where, "Which nodes may run it: all, NAME, tag:TAG, with and, or, not")
      ->type_name("EXPRESSION")
      ->capture_default_str();
  command.add_option("--count", options.count, "On so many nodes at once; 0: on each that fits")->type_name("N");
  command.add_flag("--enrol", options.enrols,
                   "Take host keys and agents' keys that are not known yet for the right ones");
  command
      .add_option_function<std::string>(
          "--give-up-after",
          [&options](const std::string& text) {
            const auto duration = fleet::parse_duration(text);
            if (!duration) throw CLI::ValidationError{"--give-up-after", "expected a time such as 30s, 10min or 2h"};
            options.give_up_after = *duration;
          },
          "Give up a node that cannot be reached for so long")
      ->type_name("TIME")
      ->default_str("10min");
  command.add_flag("--json", options.json, "JSON lines on standard output");
  add_fleet_http_options(command, options.http);
}

}  // namespace utnt::apps
