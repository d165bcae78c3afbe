// SPDX-License-Identifier: BSD-2-Clause
// See campaign.hpp.
#include "apps/utnt/campaign.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <random>

#include "apps/utnt/command.hpp"

namespace utnt::apps {

namespace {

constexpr std::uint32_t pps_without_attribution_max = 1000;
constexpr std::chrono::seconds sync_period{1};

std::uint64_t fresh_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

Campaign::Campaign(const TraceOptions& options, const std::string& command, bool can_read_again)
    : options_{options},
      reporter_{command, report_style(options.json, options.quiet)},
      signals_{options.block_lists.empty() || !can_read_again ? os_linux::HangUp::stops : os_linux::HangUp::is_noted},
      block_list_{options.block_lists},
      targets_{{.allow_reserved = options.allow_reserved,
                .block_list = &block_list_.now(),
                .complain = [this](const std::string& line) { reporter_.warn(line); },
                .stopped = [this] { return signals_.requested(); }}} {
  // A closed pipe or a size limit must be an error of write(), not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

void Campaign::read_input(const emu::ScenarioInfo* fallback, bool wants_destinations) {
  block_list_.read();
  seed_ = options_.seed.value_or(fresh_seed());
  for (const auto& text : options_.destinations) targets_.add(text, "command line");
  for (const auto& path : options_.files) targets_.read_file(path);
  if (fallback != nullptr && options_.destinations.empty() && options_.files.empty()) {
    std::array<char, wire::address_text_max> text;
    for (const auto& address : fallback->destinations) {
      targets_.add(wire::format_address(address, text), fallback->name);
    }
  }
  if (signals_.requested()) throw Failure{ExitCode::interrupted, "interrupted before the first probe"};
  if (targets_.counts().accepted > 0 || !wants_destinations) return;
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

bool Campaign::open_files() {
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

void Campaign::warn_about_rate() {
  const bool is_fast = options_.pps == 0 || options_.pps > pps_without_attribution_max;
  if (!is_fast || !options_.attribution.empty() || !options_.emulate.empty()) return;
  reporter_.warn(
      fmt::format("more than {} probes per second without --attribution: nobody who sees them can find out who "
                  "asks and why",
                  pps_without_attribution_max));
}

TargetSource& Campaign::begin_source() {
  return source_.emplace(
      targets_, target_order(options_), seed_,
      TargetSource::Rules{
          .is_done = [this](std::uint64_t index) { return checkpoint_ && checkpoint_->is_done(index); },
          .is_blocked = [this](const wire::IpAddress& address) { return block_list_.now().contains(address); }});
}

void Campaign::on_done(std::uint32_t user_id) {
  ++done_;
  if (!checkpoint_) return;  // on_tick() hands over what has gathered
  output_->flush();
  committed_ = output_->position();
  checkpoint_->done(user_id - 1, committed_);
}

void Campaign::on_tick(const core::Counters& counters, Instant now) {
  const auto before = checkpoint_ ? checkpoint_->done_count() : 0;
  if (signals_.take_hang_up()) reporter_.warn(block_list_.read_again());
  output_->flush();
  reporter_.progress(done_ + before, total(), counters, now);
  if (checkpoint_ && std::chrono::steady_clock::now() - synced_ >= sync_period) sync_results();
}

void Campaign::sync_results() {
  output_->flush();
  output_->sync();
  checkpoint_->synced(committed_);
  synced_ = std::chrono::steady_clock::now();
}

std::uint64_t Campaign::total() const {
  return targets_.size() - (source_ ? source_->blocked() : targets_.counts().blocked);
}

/// A run that finished leaves out what was blocked then, and may be told now to do the rest.
bool Campaign::has_work_left() const {
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    if (!checkpoint_->is_done(i) && !targets_.was_blocked(i)) return true;
  }
  return false;
}

wire::IpAddress Campaign::first_destination() const {
  std::size_t index = 0;
  while (targets_.was_blocked(index)) ++index;  // read_input() saw that one is not
  return targets_.at(index);
}

ExitCode Campaign::finish(const Ending& ending) {
  const auto before = checkpoint_ ? checkpoint_->done_count() : 0;
  const bool is_complete = done_ + before == total();
  if (checkpoint_) {
    sync_results();
    if (is_complete) checkpoint_->finished(output_->position());
  }
  SummaryFacts facts{.traces = done_,
                     .traces_before = before,
                     .traces_total = total(),
                     .traces_incomplete = ending.traces_incomplete,
                     .seconds = ending.seconds,
                     .counters = ending.counters,
                     .targets = targets_.counts(),
                     .withheld = ending.withheld,
                     .link = ending.link,
                     .output = output_->path()};
  facts.targets.blocked = source_->blocked();
  facts.targets.blocked_later = source_->blocked_later();
  if (ending.failure) {
    facts.exit_code = ending.failure->code();
    reporter_.warn(fmt::format("{}; the results so far are valid", ending.failure->what()));
  } else if (signals_.requested()) {
    facts.exit_code = ExitCode::interrupted;
  } else if (targets_.counts().failures() + ending.traces_incomplete > 0 || !is_complete ||
             (ending.link && ending.link->send_failed > 0)) {
    facts.exit_code = ExitCode::done_with_failures;
  }
  reporter_.summary(facts);
  return facts.exit_code;
}

}  // namespace utnt::apps
