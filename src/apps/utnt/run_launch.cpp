// SPDX-License-Identifier: BSD-2-Clause
// See run_launch.hpp.
#include "apps/utnt/run_launch.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <vector>

#include "apps/utnt/command.hpp"
#include "apps/utnt/image_input.hpp"
#include "apps/utnt/run_report.hpp"
#include "apps/utnt/session.hpp"
#include "os_linux/clock.hpp"
#include "results/assembler.hpp"

namespace utnt::apps {

namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

/// Passes results on, and remembers which destinations are finished.
class FinishedSink final : public results::ResultSink {
 public:
  explicit FinishedSink(results::ResultSink& next) : next_{next} {}
  void run(const results::RunInfo& info) override { next_.run(info); }
  void trace(const results::TraceResult& trace) override {
    if (trace.stop != report::StopReason::halted) finished.push_back(trace.user_id);
    next_.trace(trace);
  }
  void ping(const results::PingResult& ping) override { next_.ping(ping); }
  void tunnel(const results::TunnelResult& tunnel) override { next_.tunnel(tunnel); }
  void summary(const results::Summary& summary) override { next_.summary(summary); }

  std::vector<std::uint32_t> finished;

 private:
  results::ResultSink& next_;
};

std::string image_path(const std::string& wanted, const std::string& file) {
  if (!wanted.empty()) return wanted;
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
  for (const auto* place : {"image", "lib/utnt"}) {
    const auto path = folder / place / file;
    if (std::filesystem::exists(path)) return path.string();
  }
  throw Failure{ExitCode::environment,
                fmt::format("the image {} is not installed beside this program; --image FILE names another", file)};
}

}  // namespace

ImageLaunch::ImageLaunch(const RunOptions& options) : options_{options}, campaign_{options.trace, "utnt run", false} {}

void ImageLaunch::choose_tender() { tender_ = options_.tender == "auto" ? "process" : options_.tender; }

tender::RunRequest ImageLaunch::make_request(const RunNetwork& network) {
  const auto& trace = options_.trace;
  auto config = engine_config(trace, campaign_.targets().size());
  config.source = network.source();
  config.seed = engine_seed(campaign_.seed());
  if (const auto field = core::invalid_field(config); !field.empty()) {
    throw Failure{ExitCode::bad_input, fmt::format("the value of {} is out of range", field)};
  }
  auto module = image_module(campaign_.begin_source(), campaign_.block_list().now());
  const bool fits = options_.memory.empty();
  tender::RunRequest request;
  request.image = image_path(options_.image, "utnt-process");
  image_bytes_ = std::filesystem::file_size(request.image);
  request.command_line = image_command_line(config, {.host = host_name(),
                                                     .list_name = trace.list_name,
                                                     .cycle = trace.cycle,
                                                     .address = network.address,
                                                     .gateway = network.gateway,
                                                     .gateway_mac = network.gateway_mac,
                                                     .targets = module.targets,
                                                     .window = trace.window,
                                                     .has_traces = fits,
                                                     .has_addresses = fits || trace.address_cache.has_value(),
                                                     .has_tunnels = fits || trace.tunnel_cache.has_value()});
  // Beside the tables: image, stack, buffers and the block list.
  const auto wanted = core::Engine::bytes_needed(config) + 2 * module.text.size() + mebibyte;
  request.memory_bytes = parse_memory(options_.memory).value_or((wanted + mebibyte - 1) / mebibyte * mebibyte);
  const auto bytes = std::as_bytes(std::span{module.text});
  request.module.assign(bytes.begin(), bytes.end());
  request.nics = {network.nic};
  if (options_.time_limit_seconds > 0) {
    request.time_limit = Duration{static_cast<std::int64_t>(options_.time_limit_seconds * 1e9)};
  }
  return request;
}

tender::RunOutcome ImageLaunch::run_instance(const tender::RunRequest& request) {
  FinishedSink sink{campaign_.output().sink()};
  results::Assembler assembler{sink};
  results::FrameReader reader{assembler};
  const auto take = [&](ConstBytes bytes) {
    reader.add(bytes);
    for (const auto user_id : sink.finished) campaign_.on_done(user_id);
    sink.finished.clear();
    campaign_.on_tick(assembler.summary().counters, os_linux::monotonic_now());
  };
  const auto tender = tender::make_process_tender();
  const auto instance = tender->start(request);
  auto outcome = tender::run_to_end(*instance, take, campaign_.signals().fd());
  reader.finish();
  assembler.finish();
  campaign_.output().flush();
  summary_ = assembler.summary();
  stream_complaint_ = reader.complaint();
  return outcome;
}

ExitCode ImageLaunch::run() {
  const auto network = run_network(options_);
  campaign_.read_input(nullptr);
  campaign_.warn_about_rate();
  choose_tender();
  if (!campaign_.open_files()) return ExitCode::done;
  const auto request = make_request(network);
  const auto outcome = run_instance(request);
  const auto code = finish(outcome);
  const InstanceFacts facts{.tender = tender_,
                            .image = request.image,
                            .image_bytes = image_bytes_,
                            .memory_bytes = request.memory_bytes,
                            .outcome = outcome};
  campaign_.reporter().note(instance_json(facts), instance_text(facts));
  return code;
}

ExitCode ImageLaunch::finish(const tender::RunOutcome& outcome) {
  Campaign::Ending ending{.counters = summary_.counters, .traces_incomplete = summary_.traces_incomplete};
  ending.seconds = static_cast<double>((outcome.measured.ended - outcome.measured.spawned).ns()) / 1e9;
  if (outcome.trailer) {
    ending.link = os_linux::LinkCounters{};
    ending.link->received = summary_.counters.packets_received;
    ending.link->ring_dropped = outcome.trailer->receive_drops;
  }
  const bool was_stopped = campaign_.signals().requested();
  if (outcome.exit_code != 0 && !was_stopped) {
    auto text = outcome.explanation.empty() ? fmt::format("the image ended with exit code {}", outcome.exit_code)
                                            : outcome.explanation;
    if (!stream_complaint_.empty()) text += "; " + stream_complaint_;
    ending.failure.emplace(static_cast<ExitCode>(outcome.exit_code), text);
  } else if (!stream_complaint_.empty() && !was_stopped) {
    ending.failure.emplace(ExitCode::done_with_failures, stream_complaint_);
  }
  return campaign_.finish(ending);
}

}  // namespace utnt::apps
