// SPDX-License-Identifier: BSD-2-Clause
// See image_run.hpp. What can be wrong is found before the first frame leaves.
#include "apps/utnt_image/image_run.hpp"

#include "apps/utnt_image/acquire_lease.hpp"
#include "apps/utnt_image/image_options.hpp"
#include "apps/utnt_image/input.hpp"
#include "apps/utnt_image/ip_link.hpp"
#include "apps/utnt_image/log_line.hpp"
#include "apps/utnt_image/record_writer.hpp"
#include "apps/utnt_image/run_start.hpp"
#include "apps/utnt_image/table_sizes.hpp"
#include "base/arena.hpp"
#include "core/drive.hpp"

namespace utnt::image {
namespace {

namespace platform = unikernel::platform;
using std::string_view_literals::operator""sv;

enum Exit : int { done = 0, bad_input = 2, environment = 4 };

/// What stands at the front of the memory; the engine gets the rest.
struct Workspace {
  RecordWriter records;
  LinkBuffers buffers;
  ImageOptions options;
  BlockedRanges blocked;
  std::optional<IpLink> link;
};
constexpr std::size_t workspace_bytes =
    (sizeof(Workspace) + Arena::alignment - 1) / Arena::alignment * Arena::alignment;

void complain(std::string_view text) { (LogLine{} << "utnt: "sv << text).send(); }

class ImageRun {
 public:
  ImageRun(const unikernel::Startup& startup, const Identity& identity, Workspace& workspace)
      : startup_{startup},
        identity_{identity},
        work_{workspace},
        options_{workspace.options},
        input_{startup.command_line, startup.modules.empty() ? ConstBytes{} : startup.modules.front()} {
    trailer_.started_ns = static_cast<std::uint64_t>(platform::now().ns());
  }

  int run() {
    int code = prepare();
    if (code == done) code = probe();
    measure();
    trailer_.exit_code = code;
    trailer_.finished_ns = static_cast<std::uint64_t>(platform::now().ns());
    work_.records.finish(trailer_);
    if (!work_.records.is_gone()) return code;
    complain("nobody takes the results any more"sv);
    return environment;
  }

 private:
  int prepare();
  bool read_input();
  bool size_tables(MutableBytes rest);
  bool configure_interface();
  int probe();
  void hold(IpLink& link) const;
  void measure();

  const unikernel::Startup& startup_;
  const Identity& identity_;
  Workspace& work_;
  ImageOptions& options_;
  Input input_;
  Input::Survey survey_;
  MutableBytes engine_memory_;
  abi::Trailer trailer_;
  std::optional<unikernel::DhcpClient> lease_;
};

bool ImageRun::read_input() {
  survey_ = input_.survey();
  if (survey_.bad_line != 0) {
    (LogLine{} << "utnt: line "sv << survey_.bad_line
               << " of the module is neither a destination nor a blocked range"sv)
        .send();
    return false;
  }
  if (options_.targets && *options_.targets != survey_.destinations) {
    (LogLine{} << "utnt: "sv << survey_.destinations << " destinations instead of "sv << *options_.targets
               << ": the module is cut"sv)
        .send();
    return false;
  }
  if (options_.hold_ms || survey_.destinations > 0) return true;
  complain("no destination: dst=ADDRESS, or lines of a module"sv);
  return false;
}

bool ImageRun::size_tables(MutableBytes rest) {
  auto& config = options_.config;
  const auto wanted = wanted_tables(survey_.destinations, options_.window);
  config.traces_max = options_.traces.value_or(wanted.traces);
  config.addresses_max = options_.addresses.value_or(wanted.addresses);
  config.tunnels_max = options_.tunnels.value_or(wanted.tunnels);
  if (const auto field = core::invalid_field(config); !field.empty()) {
    (LogLine{} << "utnt: the value of "sv << field << " is out of range"sv).send();
    return false;
  }
  const Flexible flexible{.traces = !options_.traces, .addresses = !options_.addresses, .tunnels = !options_.tunnels};
  engine_memory_ = rest;
  return fit_tables(config, flexible, rest.size());
}

int ImageRun::prepare() {
  if (const auto mistake = parse_options(startup_.command_line, options_)) {
    (LogLine{} << "utnt: "sv << mistake->what << " "sv).quote(mistake->word.key).send();
    return bad_input;
  }
  if (!read_input()) return bad_input;
  if (startup_.nics.empty()) {
    complain("no network interface"sv);
    return environment;
  }
  auto rest = startup_.memory.subspan(workspace_bytes);
  const auto ranges_bytes =
      (survey_.ranges * sizeof(BlockedRange) + Arena::alignment - 1) / Arena::alignment * Arena::alignment;
  if (ranges_bytes <= rest.size()) {
    Arena arena{rest};
    const auto ranges = arena.take<BlockedRange>(survey_.ranges);
    input_.read_ranges(ranges);
    work_.blocked.ranges = ranges;
    if (!options_.has_seed) options_.config.seed = startup_.seed;
    options_.config.blocked = &BlockedRanges::blocks;
    options_.config.blocked_context = &work_.blocked;
    if (size_tables(rest.subspan(ranges_bytes))) return done;
    if (!core::invalid_field(options_.config).empty()) return bad_input;
  }
  (LogLine{} << "utnt: the engine's tables do not fit into "sv << startup_.memory.size() / 1024
             << " KiB of memory: more memory, or smaller traces=, addresses= and tunnels="sv)
      .send();
  return environment;
}

bool ImageRun::configure_interface() {
  if (!options_.wants_lease) return true;
  auto& client = lease_.emplace(wire::MacAddress{startup_.nics.front().mac},
                                static_cast<std::uint32_t>(load_le(startup_.seed, 0, 4)));
  if (!acquire_lease(client, work_.buffers)) {
    complain("no address: no DHCP server answers"sv);
    return false;
  }
  const auto& lease = client.lease();
  auto& network = options_.network;
  network.address = lease->address;
  network.prefix_length = lease->prefix_length;
  if (lease->gateway != wire::Ipv4Address{}) network.gateway = lease->gateway;
  options_.config.source = lease->address;
  std::array<char, wire::address_text_max> address, gateway;
  (LogLine{} << "net0: "sv << wire::format_address(lease->address, address) << "/"sv
             << std::uint64_t{lease->prefix_length} << " by DHCP, gateway "sv
             << wire::format_address(network.gateway, gateway))
      .send();
  if (network.gateway != wire::Ipv4Address{} || network.gateway_mac) return true;
  complain("the DHCP server names no gateway: net0.gw4= would"sv);
  return false;
}

int ImageRun::probe() {
  if (!configure_interface()) return environment;
  const auto engine = core::Engine::create(options_.config, engine_memory_, MemoryHolds::zeros);
  if (!engine) {
    complain("the engine refuses its configuration"sv);
    return bad_input;
  }
  auto& network = options_.network;
  network.mac = {startup_.nics.front().mac};
  network.wants_fragments = true;  // as a packet socket shows them to `utnt trace`
  auto& link = work_.link.emplace(network, work_.buffers, work_.records);
  if (lease_) link.keep(*lease_);
  const auto now = platform::now();
  const auto wall = platform::wall_ns();
  work_.records.write(make_run_start(options_.config,
                                     {.version = identity_.version,
                                      .commit = identity_.commit,
                                      .host = options_.host.view(),
                                      .list_name = options_.list_name.view(),
                                      .cycle = options_.cycle,
                                      .destinations = survey_.destinations,
                                      .has_wall_clock = wall != 0,
                                      .epoch_offset_ns = static_cast<std::int64_t>(wall) - now.ns()},
                                     now));
  const bool is_connected = link.connect();
  auto prober = *engine;
  if (is_connected && options_.hold_ms) {
    hold(link);
  } else if (is_connected) {
    link.watch(prober);
    core::drive(prober, link, input_, [this](const core::Event& event) { work_.records.write(event); });
  } else {
    complain("the gateway does not answer (ARP)"sv);
  }
  work_.records.write(report::CountersAt{
      .at = platform::now(), .final = true, .interrupted = link.stopped(), .counters = prober.counters()});
  const auto started = trailer_.started_ns;
  trailer_ = link.measurements();
  trailer_.started_ns = started;
  link.report();
  if (link.has_lost_address()) complain("the lease of the address ran out, and no DHCP server renews it"sv);
  return is_connected && !link.has_lost_address() ? done : environment;
}

/// Nothing is probed; questions to this host are answered.
void ImageRun::hold(IpLink& link) const {
  const auto until = link.now() + 1_ms * *options_.hold_ms;
  while (!link.stopped() && link.now() < until) link.wait({}, until);
}

/// What only the platform knows.
void ImageRun::measure() {
  const auto losses = platform::receive_losses();
  trailer_.boot = startup_.boot;
  trailer_.receive_drops = losses.drops;
  trailer_.receive_overruns = losses.overruns;
}

}  // namespace

int run_image(const unikernel::Startup& startup, const Identity& identity) {
  if (startup.memory.size() < workspace_bytes) {
    complain("no memory"sv);
    return environment;
  }
  static_assert(alignof(Workspace) <= Arena::alignment);
  // Not value-initialised: that would clear buffers that are written before they are read.
  auto& workspace = *::new (startup.memory.data()) Workspace;
  return ImageRun{startup, identity, workspace}.run();
}

}  // namespace utnt::image
