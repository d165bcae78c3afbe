// SPDX-License-Identifier: BSD-2-Clause
// See trace_run.hpp. The order matters: whatever can be wrong with the command is found before a socket is opened, and
// no file is touched before the sockets are there; then privileges go, then probes leave.
#include "apps/utnt/trace_run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>
#include <random>

#include "apps/utnt/command.hpp"
#include "apps/utnt/emulated_network.hpp"
#include "lab/virtual_link.hpp"
#include "os_linux/packet_link.hpp"
#include "os_linux/privileges.hpp"

namespace utnt::apps {

namespace {

constexpr std::uint32_t pps_without_attribution_max = 1000;
constexpr std::chrono::seconds sync_period{1};

std::uint64_t fresh_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace

TraceRun::TraceRun(const TraceOptions& options)
    : options_{options},
      reporter_{"utnt trace", report_style(options.json, options.quiet)},
      signals_{options.block_lists.empty() ? os_linux::HangUp::stops : os_linux::HangUp::is_noted},
      block_list_{options.block_lists},
      targets_{{.allow_reserved = options.allow_reserved,
                .block_list = &block_list_.now(),
                .complain = [this](const std::string& line) { reporter_.warn(line); },
                .stopped = [this] { return signals_.requested(); }}} {
  // A closed pipe or a size limit must be an error of write(), not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

ExitCode TraceRun::run() {
  block_list_.read();
  seed_ = options_.seed.value_or(fresh_seed());
  if (!options_.emulate.empty()) network_ = open_emulated_network(options_.emulate, options_.seed.value_or(1));
  read_targets();
  warn_about_rate();
  return network_ ? run_emulated() : run_on_linux();
}

void TraceRun::read_targets() {
  for (const auto& text : options_.destinations) targets_.add(text, "command line");
  for (const auto& path : options_.files) targets_.read_file(path);
  if (network_ && options_.destinations.empty() && options_.files.empty()) {
    std::array<char, wire::address_text_max> text;
    for (const auto& address : network_->info().destinations) {
      targets_.add(wire::format_address(address, text), network_->info().name);
    }
  }
  if (signals_.requested()) throw Failure{ExitCode::interrupted, "interrupted before the first probe"};
  if (targets_.counts().accepted > 0) return;
  const auto& counts = targets_.counts();
  if (counts.reserved + counts.blocked > 0) {
    throw Failure{
        ExitCode::refused,
        fmt::format("nothing may be probed: {} destinations are reserved (--allow-reserved), {} are in the block "
                    "list",
                    counts.reserved, counts.blocked)};
  }
  throw Failure{ExitCode::bad_input, fmt::format("no destination to trace ({} unusable)", counts.failures())};
}

bool TraceRun::open_files() {
  if (options_.checkpoint.empty()) {
    output_.emplace(options_, std::nullopt);
    return true;
  }
  checkpoint_.emplace(options_.checkpoint, Checkpoint::Campaign{.config_hash = config_hash(options_, targets_.digest()),
                                                                .destinations = targets_.size(),
                                                                .seed = seed_});
  seed_ = checkpoint_->seed();
  if (checkpoint_->is_finished() && !has_work_left()) {
    reporter_.warn(fmt::format("nothing to do: the checkpoint {} says that all {} destinations are finished",
                               options_.checkpoint, checkpoint_->done_count()));
    return false;
  }
  output_.emplace(options_, checkpoint_->is_resumed() ? std::optional{checkpoint_->position()} : std::nullopt);
  committed_ = output_->position();
  checkpoint_->begin(committed_);
  return true;
}

void TraceRun::warn_about_rate() {
  const bool is_fast = options_.pps == 0 || options_.pps > pps_without_attribution_max;
  if (!is_fast || !options_.attribution.empty() || network_) return;
  reporter_.warn(
      fmt::format("more than {} probes per second without --attribution: nobody who sees them can find out who "
                  "asks and why",
                  pps_without_attribution_max));
}

template <class Link>
void TraceRun::probe(Link& link, bool has_wall_clock) {
  auto config = engine_config(options_, targets_.size());
  config.source = link.source();
  config.seed = engine_seed(seed_);
  config.blocked = &BlockList::blocks;
  config.blocked_context = &block_list_.now();
  SessionHooks hooks{.on_done = [this](const core::TraceEnd& end) { on_done(end); },
                     .on_tick = [this](const core::Counters& counters, Instant now) { on_tick(counters, now); }};
  // The engine asks before it begins anything. This is for what had begun when the list was read again.
  const auto is_blocked = [this](const wire::IpAddress& address) { return block_list_.now().contains(address); };
  if (block_list_.has_files()) hooks.may_send = std::not_fn(is_blocked);
  session_.emplace(config, output_->sink(), std::move(hooks));
  source_.emplace(
      targets_, target_order(options_), seed_,
      TargetSource::Rules{.is_done = [this](std::uint64_t index) { return checkpoint_ && checkpoint_->is_done(index); },
                          .is_blocked = is_blocked});
  const auto started = link.now();
  session_->begin({.host = has_wall_clock ? host_name() : options_.emulate,
                   .list_name = options_.list_name,
                   .cycle = options_.cycle,
                   .destinations = total(),
                   .has_wall_clock = has_wall_clock},
                  started);
  output_->flush();
  session_->run(link, [this] { return source_->next(); });
  seconds_ = static_cast<double>((link.now() - started).ns()) / 1e9;
  session_->finish(signals_.requested(), link.now());
  output_->flush();
}

void TraceRun::on_done(const core::TraceEnd& end) {
  ++done_;
  if (!checkpoint_) return;  // on_tick() hands over what has gathered
  output_->flush();
  committed_ = output_->position();
  checkpoint_->done(end.user_id - 1, committed_);
}

void TraceRun::on_tick(const core::Counters& counters, Instant now) {
  const auto before = checkpoint_ ? checkpoint_->done_count() : 0;
  if (signals_.take_hang_up()) reporter_.warn(block_list_.read_again());
  output_->flush();
  reporter_.progress(done_ + before, total(), counters, now);
  if (checkpoint_ && std::chrono::steady_clock::now() - synced_ >= sync_period) sync_results();
}

void TraceRun::sync_results() {
  output_->flush();
  output_->sync();
  checkpoint_->synced(committed_);
  synced_ = std::chrono::steady_clock::now();
}

std::uint64_t TraceRun::total() const {
  return targets_.size() - (source_ ? source_->blocked() : targets_.counts().blocked);
}

/// A run that finished leaves out what was blocked then, and may be told now to do the rest.
bool TraceRun::has_work_left() const {
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    if (!checkpoint_->is_done(i) && !targets_.was_blocked(i)) return true;
  }
  return false;
}

wire::IpAddress TraceRun::first_destination() const {
  std::size_t index = 0;
  while (targets_.was_blocked(index)) ++index;  // read_targets() saw that one is not
  return targets_.at(index);
}

ExitCode TraceRun::run_emulated() {
  if (options_.emulate_loss_percent > 0) {
    network_->set_impairments(
        {.seed = seed_, .loss_ppm = static_cast<std::uint32_t>(options_.emulate_loss_percent * 10'000)});
  }
  if (!open_files()) return ExitCode::done;
  lab::VirtualLink link{*network_, [this] { return signals_.requested(); }};
  probe(link, false);
  return finish({}, {});
}

ExitCode TraceRun::run_on_linux() {
  os_linux::LinkOptions link_options;
  if (!options_.source.empty()) link_options.source = *wire::parse_address(options_.source);
  link_options.interface = options_.interface;
  link_options.ring_bytes = os_linux::ring_bytes_for(options_.pps);
  link_options.stop_signals = &signals_;
  const auto link = os_linux::PacketLink::open(link_options, first_destination());
  if (!open_files()) return ExitCode::done;
  os_linux::drop_privileges();
  probe(*link, true);
  return finish(link->failure(), link->counters());
}

ExitCode TraceRun::finish(std::optional<Failure> link_failure, std::optional<os_linux::LinkCounters> link_counters) {
  const auto before = checkpoint_ ? checkpoint_->done_count() : 0;
  const bool is_complete = done_ + before == total();
  if (checkpoint_) {
    sync_results();
    if (is_complete) checkpoint_->finished(output_->position());
  }
  const auto& summary = session_->summary();
  SummaryFacts facts{.traces = done_,
                     .traces_before = before,
                     .traces_total = total(),
                     .traces_incomplete = summary.traces_incomplete,
                     .seconds = seconds_,
                     .counters = session_->counters(),
                     .targets = targets_.counts(),
                     .withheld = session_->withheld(),
                     .link = link_counters,
                     .output = output_->path()};
  facts.targets.blocked = source_->blocked();
  facts.targets.blocked_later = source_->blocked_later();
  if (link_failure) {
    facts.exit_code = link_failure->code();
    reporter_.warn(fmt::format("{}; the results so far are valid", link_failure->what()));
  } else if (signals_.requested()) {
    facts.exit_code = ExitCode::interrupted;
  } else if (targets_.counts().failures() + summary.traces_incomplete > 0 || !is_complete ||
             (link_counters && link_counters->send_failed > 0)) {
    facts.exit_code = ExitCode::done_with_failures;
  }
  reporter_.summary(facts);
  return facts.exit_code;
}

}  // namespace utnt::apps
