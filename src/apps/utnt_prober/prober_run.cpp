// SPDX-License-Identifier: BSD-2-Clause
// See prober_run.hpp. What can be wrong is found before a socket is opened.
#include "apps/utnt_prober/prober_run.hpp"

#include <sys/random.h>

#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <vector>

#include "apps/utnt_image/image_options.hpp"
#include "apps/utnt_image/input.hpp"
#include "apps/utnt_image/log_line.hpp"
#include "apps/utnt_image/record_writer.hpp"
#include "apps/utnt_image/run_start.hpp"
#include "apps/utnt_image/table_sizes.hpp"
#include "core/drive.hpp"
#include "os_linux/clock.hpp"
#include "os_linux/packet_link.hpp"
#include "version_build.hpp"

namespace utnt::prober {
namespace {

using image::LogLine;
using os_linux::ExitCode;
using std::string_view_literals::operator""sv;

constexpr std::align_val_t engine_alignment{64};
constexpr Duration counters_period{1'000'000'000};

std::uint64_t stamp_of(Instant at) { return static_cast<std::uint64_t>(at.ns()); }

/// The engine's memory, pages that are touched when they are used.
class Tables {
 public:
  explicit Tables(std::size_t bytes)
      : bytes_{static_cast<std::byte*>(::operator new(bytes, engine_alignment)), bytes} {}
  Tables(const Tables&) = delete;
  Tables& operator=(const Tables&) = delete;
  ~Tables() { ::operator delete(bytes_.data(), engine_alignment); }
  [[nodiscard]] MutableBytes bytes() const { return bytes_; }

 private:
  MutableBytes bytes_;
};

/// A pause of the engine is when finished frames of records leave.
class RecordingLink {
 public:
  RecordingLink(os_linux::PacketLink& link, image::RecordWriter& records, abi::Trailer& trailer)
      : link_{link}, records_{records}, trailer_{trailer} {}
  void watch(const core::Engine& engine) { engine_ = &engine; }

  [[nodiscard]] Instant now() const { return link_.now(); }
  [[nodiscard]] bool stopped() const { return records_.is_gone() || link_.stopped(); }
  void send(wire::Packet packet) {
    if (trailer_.first_frame_ns == 0) trailer_.first_frame_ns = stamp_of(link_.now());
    link_.send(packet);
  }
  std::optional<wire::Received> wait(wire::PacketBuffer buffer, std::optional<Instant> deadline) {
    const auto at = link_.now();
    note_counters(at);
    const auto until = std::min(deadline.value_or(at + counters_period), at + counters_period);
    records_.flush_before_pause(at, until);
    if (records_.is_gone()) return std::nullopt;
    auto received = link_.wait(buffer, until);
    if (received && trailer_.first_reply_ns == 0) trailer_.first_reply_ns = stamp_of(received->arrival);
    return received;
  }

 private:
  void note_counters(Instant at) {
    if (engine_ == nullptr || at - counted_ < counters_period) return;
    counted_ = at;
    records_.write(report::CountersAt{.at = at, .final = false, .interrupted = false, .counters = engine_->counters()});
  }

  os_linux::PacketLink& link_;
  image::RecordWriter& records_;
  abi::Trailer& trailer_;
  const core::Engine* engine_{nullptr};
  Instant counted_{};
};

class ProberRun {
 public:
  explicit ProberRun(const Task& task) : task_{task}, input_{task.command_line, task.module} {}
  ExitCode run();

 private:
  ExitCode prepare();
  ExitCode probe();
  ExitCode probe_on(os_linux::PacketLink& link);

  const Task& task_;
  image::ImageOptions options_;
  image::Input input_;
  image::Input::Survey survey_;
  std::vector<image::BlockedRange> ranges_;
  image::BlockedRanges blocked_;
  image::RecordWriter records_;
  abi::Trailer trailer_;
};

ExitCode complain(ExitCode code, std::string_view text) {
  (LogLine{} << "utnt: "sv << text).send();
  return code;
}

ExitCode ProberRun::prepare() {
  if (const auto mistake = image::parse_options(task_.command_line, options_)) {
    (LogLine{} << "utnt: "sv << mistake->what << " "sv).quote(mistake->word.key).send();
    return ExitCode::bad_input;
  }
  survey_ = input_.survey();
  if (survey_.bad_line != 0) return complain(ExitCode::bad_input, "the module has a line that cannot be right"sv);
  if (options_.targets && *options_.targets != survey_.destinations)
    return complain(ExitCode::bad_input, "the module is cut: it has another number of destinations than was said"sv);
  if (survey_.destinations == 0) return complain(ExitCode::bad_input, "no destination"sv);
  auto& seed = options_.config.seed;
  if (!options_.has_seed && ::getrandom(seed.data(), seed.size(), 0) != static_cast<ssize_t>(seed.size()))
    return complain(ExitCode::environment, "the kernel gives no random bytes"sv);
  ranges_.resize(survey_.ranges);
  input_.read_ranges(ranges_);
  blocked_.ranges = ranges_;
  auto& config = options_.config;
  config.blocked = &image::BlockedRanges::blocks;
  config.blocked_context = &blocked_;
  const auto wanted = image::wanted_tables(survey_.destinations, options_.window);
  config.traces_max = options_.traces.value_or(wanted.traces);
  config.addresses_max = options_.addresses.value_or(wanted.addresses);
  config.tunnels_max = options_.tunnels.value_or(wanted.tunnels);
  if (!core::invalid_field(config).empty()) return complain(ExitCode::bad_input, core::invalid_field(config));
  const image::Flexible flexible{
      .traces = !options_.traces, .addresses = !options_.addresses, .tunnels = !options_.tunnels};
  return image::fit_tables(config, flexible, task_.table_bytes)
             ? ExitCode::done
             : complain(ExitCode::environment, "the engine's tables do not fit into the memory"sv);
}

ExitCode ProberRun::probe() {
  const os_linux::StopSignals signals;
  os_linux::LinkOptions options;
  options.source = options_.config.source;
  options.interface = task_.interface;
  options.ring_bytes = os_linux::ring_bytes_for(options_.config.rate_pps_max);
  options.stop_signals = &signals;
  const auto first = image::Input{task_.command_line, task_.module}.next();
  const auto link = os_linux::PacketLink::open(options, first->destination);
  return probe_on(*link);
}

ExitCode ProberRun::probe_on(os_linux::PacketLink& link) {
  auto& config = options_.config;
  config.source = link.source();
  const Tables tables{core::Engine::bytes_needed(config)};
  auto engine = core::Engine::create(config, tables.bytes());
  if (!engine) return complain(ExitCode::bad_input, "the engine refuses its configuration"sv);
  records_.write(image::make_run_start(config,
                                       {.version = UTNT_VERSION_NUMBER,
                                        .commit = UTNT_VERSION_COMMIT,
                                        .host = options_.host.view(),
                                        .list_name = options_.list_name.view(),
                                        .cycle = options_.cycle,
                                        .destinations = survey_.destinations,
                                        .has_wall_clock = true,
                                        .epoch_offset_ns = os_linux::wall_clock_offset_ns()},
                                       link.now()));
  RecordingLink recording{link, records_, trailer_};
  recording.watch(*engine);
  core::drive(*engine, recording, input_, [this](const core::Event& event) { records_.write(event); });
  records_.write(report::CountersAt{
      .at = link.now(), .final = true, .interrupted = recording.stopped(), .counters = engine->counters()});
  const auto counters = link.counters();
  trailer_.receive_drops = counters.ring_dropped;
  trailer_.transmit_waits = counters.send_retried;
  if (const auto& failure = link.failure()) return complain(failure->code(), failure->what());
  return recording.stopped() ? ExitCode::interrupted : ExitCode::done;
}

ExitCode ProberRun::run() {
  trailer_.started_ns = stamp_of(os_linux::monotonic_now());
  auto code = prepare();
  try {
    if (code == ExitCode::done) code = probe();
  } catch (const os_linux::Failure& failure) {
    code = complain(failure.code(), failure.what());
  } catch (const std::bad_alloc&) {
    code = complain(ExitCode::environment, "no memory"sv);
  }
  trailer_.exit_code = to_int(code);
  trailer_.finished_ns = stamp_of(os_linux::monotonic_now());
  records_.finish(trailer_);
  return records_.is_gone() ? complain(ExitCode::environment, "nobody takes the results any more"sv) : code;
}

}  // namespace

int run_task(const Task& task) { return to_int(std::make_unique<ProberRun>(task)->run()); }

}  // namespace utnt::prober
