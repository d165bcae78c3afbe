// SPDX-License-Identifier: BSD-2-Clause
// See trace_run.hpp. The order matters: whatever can be wrong with the command is found before a socket is opened, and
// no file is touched before the sockets are there; then privileges go, then probes leave.
#include "apps/utnt/trace_run.hpp"

#include <functional>

#include "apps/utnt/command.hpp"
#include "apps/utnt/emulated_network.hpp"
#include "lab/virtual_link.hpp"
#include "os_linux/packet_link.hpp"
#include "os_linux/privileges.hpp"

namespace utnt::apps {

ExitCode TraceRun::run() {
  if (!options_.emulate.empty()) network_ = open_emulated_network(options_.emulate, options_.seed.value_or(1));
  campaign_.read_input(network_ ? &network_->info() : nullptr);
  campaign_.warn_about_rate();
  return network_ ? run_emulated() : run_on_linux();
}

template <class Link>
void TraceRun::probe(Link& link, bool has_wall_clock) {
  auto& block_list = campaign_.block_list();
  auto config = engine_config(options_, campaign_.targets().size());
  config.source = link.source();
  config.seed = engine_seed(campaign_.seed());
  config.blocked = &BlockList::blocks;
  config.blocked_context = &block_list.now();
  SessionHooks hooks{
      .on_done = [this](const core::TraceEnd& end) { campaign_.on_done(end.user_id); },
      .on_tick = [this](const core::Counters& counters, Instant now) { campaign_.on_tick(counters, now); }};
  // The engine asks before it begins anything. This is for what had begun when the list was read again.
  const auto is_blocked = [&block_list](const wire::IpAddress& address) { return block_list.now().contains(address); };
  if (block_list.has_files()) hooks.may_send = std::not_fn(is_blocked);
  session_.emplace(config, campaign_.output().sink(), std::move(hooks));
  auto& source = campaign_.begin_source();
  const auto started = link.now();
  session_->begin({.host = has_wall_clock ? host_name() : options_.emulate,
                   .list_name = options_.list_name,
                   .cycle = options_.cycle,
                   .destinations = campaign_.total(),
                   .has_wall_clock = has_wall_clock},
                  started);
  campaign_.output().flush();
  session_->run(link, [&source] { return source.next(); });
  seconds_ = static_cast<double>((link.now() - started).ns()) / 1e9;
  session_->finish(campaign_.signals().requested(), link.now());
  campaign_.output().flush();
}

ExitCode TraceRun::run_emulated() {
  if (options_.emulate_loss_percent > 0) {
    network_->set_impairments(
        {.seed = campaign_.seed(), .loss_ppm = static_cast<std::uint32_t>(options_.emulate_loss_percent * 10'000)});
  }
  if (!campaign_.open_files()) return ExitCode::done;
  lab::VirtualLink link{*network_, [this] { return campaign_.signals().requested(); }};
  probe(link, false);
  return finish({}, {});
}

ExitCode TraceRun::run_on_linux() {
  os_linux::LinkOptions link_options;
  if (!options_.source.empty()) link_options.source = *wire::parse_address(options_.source);
  link_options.interface = options_.interface;
  link_options.ring_bytes = os_linux::ring_bytes_for(options_.pps);
  link_options.stop_signals = &campaign_.signals();
  const auto link = os_linux::PacketLink::open(link_options, campaign_.first_destination());
  if (!campaign_.open_files()) return ExitCode::done;
  os_linux::drop_privileges();
  probe(*link, true);
  return finish(link->failure(), link->counters());
}

ExitCode TraceRun::finish(std::optional<Failure> link_failure, std::optional<os_linux::LinkCounters> link_counters) {
  return campaign_.finish({.seconds = seconds_,
                           .counters = session_->counters(),
                           .traces_incomplete = session_->summary().traces_incomplete,
                           .withheld = session_->withheld(),
                           .failure = std::move(link_failure),
                           .link = link_counters});
}

}  // namespace utnt::apps
