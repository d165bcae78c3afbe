// SPDX-License-Identifier: BSD-2-Clause
// See demo_image.hpp.
#include "apps/utnt/demo_image.hpp"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "apps/utnt/command.hpp"
#include "apps/utnt/emulated_network.hpp"
#include "apps/utnt/image_file.hpp"
#include "apps/utnt/image_input.hpp"
#include "apps/utnt/session.hpp"
#include "apps/utnt/startup_times.hpp"
#include "lab/ethernet_edge.hpp"
#include "lab/server.hpp"
#include "lab/unix_port.hpp"
#include "os_linux/scratch_directory.hpp"
#include "os_linux/unique_fd.hpp"
#include "results/assembler.hpp"
#include "results/frame_reader.hpp"
#include "tender/qemu/qemu_tender.hpp"

namespace utnt::apps {

namespace {

constexpr std::uint64_t demo_seed = 1;
constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

/// The lab in a thread of its own, until the end of the object.
class ServedNetwork {
 public:
  ServedNetwork(emu::Network& network, const std::string& socket)
      : port_{lab::open_unix_port(socket)},
        stop_{::eventfd(0, EFD_CLOEXEC)},
        server_{network, *port_, {.stop_fd = stop_.get()}},
        thread_{[this] { server_.run(); }} {}
  ServedNetwork(const ServedNetwork&) = delete;
  ServedNetwork& operator=(const ServedNetwork&) = delete;
  ~ServedNetwork() {
    ::eventfd_write(stop_.get(), 1);
    thread_.join();
  }

 private:
  std::unique_ptr<lab::FramePort> port_;
  os_linux::UniqueFd stop_;
  lab::Server server_;
  std::thread thread_;
};

std::string mac_text(const wire::MacAddress& mac) {
  const auto& o = mac.octets;
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", o[0], o[1], o[2], o[3], o[4], o[5]);
}

tender::RunRequest request_for(const std::string& tender, const core::EngineConfig& config,
                               const wire::IpAddress& destination, const std::string& socket) {
  const auto source = config.source.v4().value();
  tender::RunRequest request;
  request.image = installed_image(tender);
  request.memory_bytes = 2 * mebibyte;
  char address[wire::address_text_max];
  ImageFacts facts;
  facts.host = "demo";
  facts.address = fmt::format("{}/30", wire::format_address(config.source, address));
  facts.gateway = wire::format_address(wire::Ipv4Address{source ^ 3U}, address);
  facts.gateway_mac = mac_text(lab::gateway_mac);
  facts.targets = 1;
  facts.has_traces = facts.has_addresses = facts.has_tunnels = true;
  request.command_line = image_command_line(config, facts);
  const auto line = std::string{wire::format_address(destination, address)} + "\n";
  const auto bytes = std::as_bytes(std::span{line});
  request.module.assign(bytes.begin(), bytes.end());
  tender::NicRequest nic;
  nic.peer_path = socket;
  nic.mac = lab::vantage_point_mac.octets;
  request.nics = {nic};
  request.time_limit = 20_s;
  request.log_descriptor = -1;
  return request;
}

double milliseconds(Duration span) { return static_cast<double>(span.ns()) / 1e6; }

}  // namespace

std::vector<std::string> demo_tenders() {
  std::vector<std::string> tenders;
  if (!installed_image("process").empty()) tenders.emplace_back("process");
  if (!installed_image("qemu").empty() && tender::find_qemu()) tenders.emplace_back("qemu");
  return tenders;
}

ImageStory tell_in_image(const std::string& scenario, const std::string& tender, int stop_descriptor) {
  const os_linux::ScratchDirectory folder{std::filesystem::temp_directory_path().string(), "utnt-demo"};
  const auto network = open_emulated_network(scenario, demo_seed);
  ImageStory told;
  told.tender = tender;
  told.shares_clock = tender == "process";
  told.story.info = network->info();
  told.story.destination = told.story.info.destinations.at(0);
  told.story.truth = network->truth(told.story.destination);
  auto config = demo_config(network->vantage_point());
  LastTrace sink;
  results::Assembler assembler{sink};
  results::FrameReader reader{assembler};
  {
    const ServedNetwork served{*network, folder / "port"};
    const auto request = request_for(tender, config, told.story.destination, folder / "port");
    told.image_bytes = std::filesystem::file_size(request.image);
    told.memory_bytes = request.memory_bytes;
    const auto starter = tender == "qemu" ? tender::make_qemu_tender() : tender::make_process_tender();
    const auto instance = starter->start(request);
    told.outcome = tender::run_to_end(
        *instance, [&](ConstBytes bytes) { reader.add(bytes); }, stop_descriptor);
  }
  reader.finish();
  assembler.finish();
  told.story.trace = sink.get();
  told.story.probes = assembler.summary().counters.probes_sent;
  told.story.is_right = told.outcome.exit_code == 0 && is_as_true(told.story.truth, told.story.trace);
  return told;
}

std::string render(const ImageStory& told, bool color) {
  const auto& outcome = told.outcome;
  auto out =
      fmt::format("Again inside the unikernel, in real time ({}):\n    {}\n", told.tender, told.story.info.title);
  out += fmt::format("    an image of {} bytes in {} MiB of memory, {} KiB used at most{}\n", told.image_bytes,
                     told.memory_bytes / mebibyte, outcome.measured.peak.pss_bytes / 1024,
                     told.shares_clock ? "" : ", with emulator and firmware");
  const auto times = startup_times(outcome, told.shares_clock);
  const auto after = [&](std::string_view name) {
    for (const auto& step : times.steps) {
      if (step.name == name && step.at) return milliseconds(*step.at - outcome.measured.spawned);
    }
    return 0.0;
  };
  if (outcome.trailer) {
    out += fmt::format("    started after {:.1f} ms, first probe after {:.1f} ms, {} probes, done after {:.0f} ms\n",
                       after("program"), after("first_frame"), told.story.probes, after("finished"));
  }
  if (!outcome.explanation.empty()) out += fmt::format("    {}\n", outcome.explanation);
  const auto verdict =
      told.story.is_right ? "the class, both ends and every router are right" : "it differs from what is true";
  out += fmt::format("    {}{}{}\n", color ? (told.story.is_right ? "\x1b[32m" : "\x1b[31m") : "", verdict,
                     color ? "\x1b[0m" : "");
  return out;
}

}  // namespace utnt::apps
