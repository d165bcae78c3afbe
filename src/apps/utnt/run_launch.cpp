// SPDX-License-Identifier: BSD-2-Clause
// See run_launch.hpp.
#include "apps/utnt/run_launch.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <sstream>
#include <vector>

#include "apps/utnt/command.hpp"
#include "apps/utnt/image_file.hpp"
#include "apps/utnt/image_input.hpp"
#include "apps/utnt/run_report.hpp"
#include "apps/utnt/session.hpp"
#include "os_linux/clock.hpp"
#include "os_linux/unique_fd.hpp"
#include "results/assembler.hpp"
#include "tender/qemu/qemu_tender.hpp"

namespace utnt::apps {

namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

/// Where the image's log gathers until its end.
os_linux::UniqueFd open_log() {
  os_linux::UniqueFd file{::memfd_create("log", MFD_CLOEXEC)};
  if (!file.is_open()) throw os_linux::system_failure("cannot hold the image's log", errno);
  return file;
}

/// Its lines, but for the one that a machine ends with.
std::vector<std::string> log_lines(const os_linux::UniqueFd& file) {
  constexpr std::size_t shown_max = 8192;
  std::string text(shown_max, '\0');
  const auto got = ::pread(file.get(), text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  std::vector<std::string> lines;
  std::istringstream input{text};
  for (std::string line; std::getline(input, line);) {
    while (line.ends_with('\r')) line.pop_back();
    for (auto& c : line) c = c >= ' ' && c <= '~' ? c : '?';
    if (!line.empty() && !line.starts_with("UKEXIT ")) lines.push_back(line);
  }
  return lines;
}

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

std::string image_path(const std::string& wanted, const std::string& tender) {
  if (!wanted.empty()) return wanted;
  auto path = installed_image(tender);
  if (path.empty()) {
    throw Failure{
        ExitCode::environment,
        fmt::format("the image for the tender {} is not installed beside this program; --image FILE names another",
                    tender)};
  }
  return path;
}

}  // namespace

ImageLaunch::ImageLaunch(const RunOptions& options) : options_{options}, campaign_{options.trace, "utnt run", false} {}

void ImageLaunch::choose_tender() {
  tender_ = options_.tender == "auto" ? "process" : options_.tender;
  if (options_.tender != "auto") return;
  campaign_.reporter().note(
      R"({"type":"tender","tender":"process","reason":"a machine without KVM is no stronger wall, and slower"})",
      "tender: process (a machine without KVM is no stronger wall, and slower)");
}

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
  const bool is_machine = tender_ == "qemu";
  tender::RunRequest request;
  request.image = image_path(options_.image, tender_);
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
  // Beside the tables: image, stack, buffers and the block list; in a machine the rings, and the first megabyte.
  const auto beside = is_machine ? 3 * mebibyte : mebibyte;
  const auto wanted = core::Engine::bytes_needed(config) + 2 * module.text.size() + beside;
  request.memory_bytes = parse_memory(options_.memory).value_or((wanted + mebibyte - 1) / mebibyte * mebibyte);
  const auto bytes = std::as_bytes(std::span{module.text});
  request.module.assign(bytes.begin(), bytes.end());
  request.nics = {network.nic};
  if (options_.time_limit_seconds > 0) {
    request.time_limit = Duration{static_cast<std::int64_t>(options_.time_limit_seconds * 1e9)};
  }
  return request;
}

tender::RunOutcome ImageLaunch::run_instance(tender::RunRequest request) {
  FinishedSink sink{campaign_.output().sink()};
  results::Assembler assembler{sink};
  results::FrameReader reader{assembler};
  const auto take = [&](ConstBytes bytes) {
    reader.add(bytes);
    for (const auto user_id : sink.finished) campaign_.on_done(user_id);
    sink.finished.clear();
    campaign_.on_tick(assembler.summary().counters, os_linux::monotonic_now());
  };
  const auto tender = tender_ == "qemu" ? tender::make_qemu_tender() : tender::make_process_tender();
  const auto log = open_log();
  request.log_descriptor = log.get();
  const auto instance = tender->start(request);
  auto outcome = tender::run_to_end(*instance, take, campaign_.signals().fd());
  for (const auto& line : log_lines(log)) campaign_.reporter().warn("the image says: " + line);
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
                            .shares_clock = tender_ == "process",
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
