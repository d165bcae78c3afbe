// SPDX-License-Identifier: BSD-2-Clause
// See run_launch.hpp.
#include "apps/utnt/run_launch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "apps/utnt/command.hpp"
#include "apps/utnt/image_file.hpp"
#include "apps/utnt/image_input.hpp"
#include "apps/utnt/run_report.hpp"
#include "apps/utnt/run_share.hpp"
#include "apps/utnt/session.hpp"
#include "os_linux/clock.hpp"

namespace utnt::apps {

namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

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

void ImageLaunch::choose_tender(tender::NicKind nic) {
  tender_ = options_.tender;
  const auto warn_without_kvm = [&] {
    if (kvm_.verdict != tender::KvmVerdict::absent) return;
    campaign_.reporter().warn(fmt::format("Firecracker needs KVM, which is absent: {}", kvm_.reason));
  };
  if (tender_ != "auto") {
    if (tender_ != "process") kvm_ = tender::probe_kvm();
    if (tender_ == "firecracker") warn_without_kvm();
    return;
  }
  const auto facts = tender_facts(options_.image, nic);
  const auto choice = apps::choose_tender(facts);
  if (choice.tender.empty()) throw Failure{ExitCode::environment, fmt::format("no tender: {}", choice.reason)};
  tender_ = choice.tender;
  kvm_ = facts.kvm;
  campaign_.reporter().note(tender_json(choice, facts.kvm), fmt::format("tender: {} ({})", tender_, choice.reason));
}

std::uint32_t ImageLaunch::instances() const {
  if (options_.hold_seconds) return options_.count;
  const auto most = std::max<std::uint64_t>(campaign_.total(), 1);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(options_.count, most));
}

std::vector<tender::RunRequest> ImageLaunch::make_requests(const RunNetwork& network) {
  const auto modules = image_modules(campaign_.begin_source(), campaign_.block_list().now(), instances());
  std::vector<tender::RunRequest> requests;
  for (std::uint32_t i = 0; i < modules.size(); ++i) {
    auto own = network_of_instance(options_, network, i);
    if (auto made = make_network(own, tender_)) networks_.push_back(std::move(made));
    requests.push_back(make_request(own, modules[i], i));
  }
  return requests;
}

tender::RunRequest ImageLaunch::make_request(const RunNetwork& network, const ImageModule& module,
                                             std::uint32_t place) {
  const auto& trace = options_.trace;
  auto config = engine_config(trace, std::max<std::uint64_t>(module.targets, 1));
  config.source = network.source();
  // A key of its own: an image must not take another's replies for its own.
  config.seed = engine_seed(campaign_.seed() + place);
  divide_rate(config, instances());
  if (const auto field = core::invalid_field(config); !field.empty()) {
    throw Failure{ExitCode::bad_input, fmt::format("the value of {} is out of range", field)};
  }
  const bool fits = options_.memory.empty();
  const bool is_machine = tender_ != "process";
  tender::RunRequest request;
  request.image = image_path(options_.image, tender_);
  image_bytes_ = std::filesystem::exists(request.image) ? std::filesystem::file_size(request.image) : 0;
  request.command_line = image_command_line(config, {.host = host_name(),
                                                     .list_name = trace.list_name,
                                                     .cycle = trace.cycle,
                                                     .address = network.address,
                                                     .gateway = network.gateway,
                                                     .gateway_mac = network.gateway_mac,
                                                     .targets = module.targets,
                                                     .hold_ms = hold_milliseconds(options_),
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
  request.limits = resource_limits(options_);
  request.record_channel = record_channel(options_);
  if (options_.time_limit_seconds > 0) {
    request.time_limit = Duration{static_cast<std::int64_t>(options_.time_limit_seconds * 1e9)};
  }
  return request;
}

std::vector<FinishedInstance> ImageLaunch::run_all(std::vector<tender::RunRequest> requests) {
  MergedResults results{campaign_.output().sink(), static_cast<std::uint32_t>(requests.size()), campaign_.total()};
  const auto tender = make_tender(tender_, kvm_);
  const auto on_progress = [&] {
    for (const auto user_id : results.take_finished()) campaign_.on_done(user_id);
    campaign_.on_tick(results.summary().counters, os_linux::monotonic_now());
  };
  auto finished = run_instances(*tender, std::move(requests), results, on_progress, campaign_.signals().fd());
  results.finish();
  campaign_.output().flush();
  summary_ = results.summary();
  return finished;
}

ExitCode ImageLaunch::run() {
  const auto network = run_network(options_);
  campaign_.read_input(nullptr, !options_.hold_seconds);
  campaign_.warn_about_rate();
  choose_tender(network.to_make ? tender::NicKind::tap : network.nic.kind);
  if (!campaign_.open_files()) return ExitCode::done;
  const auto requests = make_requests(network);
  const auto facts = requests.front();
  if (requests.size() < options_.count)
    campaign_.reporter().warn(
        fmt::format("{} destinations: {} images instead of {}", campaign_.total(), requests.size(), options_.count));
  const auto finished = run_all(requests);
  for (std::size_t i = 0; i < finished.size(); ++i) {
    const auto who = finished.size() == 1 ? std::string{"the image"} : fmt::format("image {}", i + 1);
    for (const auto& line : finished[i].log) campaign_.reporter().warn(fmt::format("{} says: {}", who, line));
  }
  const auto code = finish(finished);
  report(finished, facts);
  return code;
}

void ImageLaunch::report(const std::vector<FinishedInstance>& finished, const tender::RunRequest& request) {
  for (std::size_t i = 0; i < finished.size(); ++i) {
    const InstanceFacts facts{.tender = tender_,
                              .image = request.image,
                              .number = i + 1,
                              .count = finished.size(),
                              .image_bytes = image_bytes_,
                              .memory_bytes = request.memory_bytes,
                              .bytes_in = finished[i].bytes_in,
                              .shares_clock = tender_ == "process",
                              .has_started = finished[i].has_started,
                              .outcome = finished[i].outcome};
    campaign_.reporter().note(instance_json(facts), instance_text(facts));
  }
}

ExitCode ImageLaunch::finish(const std::vector<FinishedInstance>& finished) {
  Campaign::Ending ending{.counters = summary_.counters, .traces_incomplete = summary_.traces_incomplete};
  for (const auto& instance : finished) {
    const auto& outcome = instance.outcome;
    const auto took = static_cast<double>((outcome.measured.ended - outcome.measured.spawned).ns()) / 1e9;
    ending.seconds = std::max(ending.seconds, took);
    if (!outcome.trailer) continue;
    if (!ending.link) ending.link = os_linux::LinkCounters{};
    ending.link->ring_dropped += outcome.trailer->receive_drops;
  }
  if (ending.link) ending.link->received = summary_.counters.packets_received;
  if (!campaign_.signals().requested()) ending.failure = failure_of(finished);
  return campaign_.finish(ending);
}

}  // namespace utnt::apps
