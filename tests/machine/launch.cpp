// SPDX-License-Identifier: BSD-2-Clause
// See launch.hpp.
#include "machine/launch.hpp"

#include "abi/record_frame.hpp"
#include "apps/utnt/emulated_network.hpp"
#include "apps/utnt/image_input.hpp"
#include "apps/utnt/session.hpp"
#include "apps/utnt/trace_run.hpp"
#include "apps/utnt/version.hpp"
#include "apps/utnt_image/run_start.hpp"
#include "cli/traced_file.hpp"
#include "report/record_reader.hpp"
#include "results/address_text.hpp"
#include "results/assembler.hpp"
#include "results/frame_reader.hpp"
#include "results/jsonl_writer.hpp"

namespace utnt::machine {
namespace {

ConstBytes bytes_of(const std::string& text) { return std::as_bytes(std::span{text}); }

template <class Record>
std::string encoded(const Record& record) {
  std::array<std::byte, report::record_bytes_max> room;
  const auto length = report::encode(record, room);
  UTNT_ASSERT(length.has_value());
  return {reinterpret_cast<const char*>(room.data()), *length};
}

apps::TargetList targets_of(const emu::ScenarioNetwork& network) {
  apps::TargetList targets{{}};
  for (const auto& address : network.info().destinations) targets.add(results::address_text(address), "test");
  return targets;
}

std::string records_of_engine(const apps::TraceOptions& options) {
  const auto network = apps::open_emulated_network(options.emulate, *options.seed);
  const auto targets = targets_of(*network);
  auto config = apps::engine_config(options, targets.size());
  config.source = network->vantage_point();
  config.seed = apps::engine_seed(*options.seed);
  std::string records = encoded(image::make_run_start(config,
                                                      {.version = apps::version_number(),
                                                       .commit = apps::version_commit(),
                                                       .host = options.emulate,
                                                       .list_name = options.list_name,
                                                       .cycle = options.cycle,
                                                       .destinations = targets.size(),
                                                       .has_wall_clock = false},
                                                      Instant{}));
  results::JsonlWriter writer{[](std::string_view) {}};
  apps::Session session{config, writer, {.on_record = [&records](ConstBytes record) {
                          records.append(reinterpret_cast<const char*>(record.data()), record.size());
                        }}};
  session.begin({.host = options.emulate, .has_wall_clock = false}, Instant{});
  apps::TargetSource source{targets, apps::target_order(options), *options.seed, {}};
  lab::VirtualLink link{*network};
  session.run(link, [&source] { return source.next(); });
  session.finish(false, link.now());
  return records + encoded(report::CountersAt{
                       .at = link.now(), .final = true, .interrupted = false, .counters = session.counters()});
}

/// Without the counters of a run that goes on, which only images write.
std::string without_interim_counters(ConstBytes stream) {
  std::string records;
  report::RecordReader reader{stream};
  while (const auto entry = reader.next()) {
    const auto counters = report::decode_counters(entry->bytes);
    if (counters && !counters->final) continue;
    records.append(reinterpret_cast<const char*>(entry->bytes.data()), entry->bytes.size());
  }
  return records;
}

}  // namespace

apps::TraceOptions options_for(const std::string& scenario, const std::string& rules) {
  apps::TraceOptions options;
  options.emulate = scenario;
  options.rules = rules;
  options.seed = network_seed;
  options.quiet = true;
  options.list_name = "a list, 100 %";
  options.cycle = 7;
  return options;
}

Traced traced(const apps::TraceOptions& options) { return {apps::traced_file(options), records_of_engine(options)}; }

Started launched(const apps::TraceOptions& options, const emu::ScenarioNetwork& network,
                 const std::string& gateway_mac) {
  const auto targets = targets_of(network);
  auto config = apps::engine_config(options, targets.size());
  config.seed = apps::engine_seed(*options.seed);
  apps::TargetSource source{targets, apps::target_order(options), *options.seed, {}};
  const auto module = apps::image_module(source, {});
  const apps::ImageFacts facts{.host = options.emulate,
                               .list_name = options.list_name,
                               .cycle = options.cycle,
                               .address = results::address_text(network.vantage_point()) + "/32",
                               .gateway = "169.254.0.1",
                               .gateway_mac = gateway_mac,
                               .targets = module.targets,
                               .window = options.window};
  return {apps::image_command_line(config, facts), module.text};
}

Read read_stream(const std::string& stream) {
  Read read;
  results::JsonlWriter writer{[&read](std::string_view bytes) { read.file += bytes; }};
  results::Assembler assembler{writer};
  results::FrameReader frames{assembler};
  frames.add(bytes_of(stream));
  frames.finish();
  assembler.finish();
  read.is_complete = frames.is_complete();
  read.complaint = frames.complaint();
  if (frames.trailer()) read.exit_code = frames.trailer()->exit_code;
  std::string payloads;
  auto left = bytes_of(stream);
  while (const auto frame = abi::read_frame(left)) {
    const auto* const payload = reinterpret_cast<const char*>(frame->payload.data());
    if (!frame->is_trailer) payloads.append(payload, frame->payload.size());
    left = left.subspan(abi::frame_header_bytes + frame->payload.size());
  }
  read.records = without_interim_counters(bytes_of(payloads));
  return read;
}

}  // namespace utnt::machine
