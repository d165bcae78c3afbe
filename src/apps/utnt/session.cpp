// SPDX-License-Identifier: BSD-2-Clause
// See session.hpp.
#include "apps/utnt/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <type_traits>
#include <variant>

#include "apps/utnt/command.hpp"
#include "apps/utnt/version.hpp"
#include "apps/utnt_image/run_start.hpp"
#include "base/prng.hpp"
#include "core/drive.hpp"
#include "os_linux/clock.hpp"
#include "wire/ipv4.hpp"

namespace utnt::apps {

namespace {

constexpr std::align_val_t engine_alignment{64};
constexpr unsigned glances_per_tick = 64;

wire::IpAddress destination_of(wire::Packet packet) {
  const auto view = wire::Ipv4View::parse(packet);
  UTNT_ASSERT(view.has_value());
  return view->destination();
}

/// A link that is looked at between two packets. Real waiting is cut into ticks; in virtual time it takes no time.
template <class Link>
class WatchedLink {
 public:
  WatchedLink(Link& link, const core::Engine& engine, const SessionHooks& hooks, std::uint64_t& withheld)
      : link_{link}, engine_{engine}, hooks_{hooks}, withheld_{withheld} {}
  [[nodiscard]] Instant now() const { return link_.now(); }
  [[nodiscard]] bool stopped() const { return link_.stopped(); }
  void send(wire::Packet packet) {
    if (!hooks_.may_send || hooks_.may_send(destination_of(packet))) {
      link_.send(packet);
    } else {
      ++withheld_;
    }
  }
  std::optional<wire::Received> wait(wire::PacketBuffer buffer, std::optional<Instant> deadline) {
    const auto now = link_.now();
    const bool may_sleep = !deadline || *deadline > now;
    // A glance at what has arrived costs less than a tick: those are counted.
    if (hooks_.on_tick && (may_sleep || ++glances_ % glances_per_tick == 0)) hooks_.on_tick(engine_.counters(), now);
    if constexpr (!std::is_same_v<Link, lab::VirtualLink>) {
      const auto tick = now + Session::tick_period;
      deadline = deadline ? std::min(*deadline, tick) : tick;
    }
    return link_.wait(buffer, deadline);
  }

 private:
  Link& link_;
  const core::Engine& engine_;
  const SessionHooks& hooks_;
  std::uint64_t& withheld_;
  unsigned glances_{0};
};

struct FunctionSource {
  const NextTarget& function;
  std::optional<core::TraceRequest> next() { return function(); }
};

}  // namespace

struct Session::Memory {
  explicit Memory(std::size_t size) : bytes{static_cast<std::byte*>(::operator new(size, engine_alignment)), size} {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() { ::operator delete(bytes.data(), engine_alignment); }
  std::span<std::byte> bytes;
};

Session::Session(const core::EngineConfig& config, results::ResultSink& sink, SessionHooks hooks)
    : config_{config}, hooks_{std::move(hooks)}, assembler_{sink} {
  if (const auto field = core::invalid_field(config_); !field.empty()) {
    throw Failure{ExitCode::bad_input, fmt::format("the value of {} is out of range", field)};
  }
  const auto size = core::Engine::bytes_needed(config_);
  try {
    memory_ = std::make_unique<Memory>(size);
  } catch (const std::bad_alloc&) {
    throw Failure{ExitCode::environment, fmt::format("no memory for the {} MiB of tables; a smaller --window, "
                                                     "--address-cache or --tunnel-cache needs less",
                                                     size >> 20)};
  }
  const auto engine = core::Engine::create(config_, memory_->bytes);
  if (!engine) {
    throw Failure{ExitCode::bad_input,
                  fmt::format("the engine refuses its configuration: {}", describe(engine.error()))};
  }
  engine_ = *engine;
}

Session::~Session() = default;

const core::Counters& Session::counters() const { return engine_->counters(); }

void Session::begin(const RunFacts& facts, Instant now) {
  assembler_.begin(
      image::make_run_start(config_,
                            {.version = version_number(),
                             .commit = version_commit(),
                             .host = facts.host,
                             .list_name = facts.list_name,
                             .cycle = facts.cycle,
                             .destinations = facts.destinations,
                             .has_wall_clock = facts.has_wall_clock,
                             .epoch_offset_ns = facts.has_wall_clock ? os_linux::wall_clock_offset_ns() : 0},
                            now));
}

void Session::take(const core::Event& event) {
  std::array<std::byte, report::record_bytes_max> record;
  const auto length = report::encode(event, record);
  UTNT_ASSERT(length.has_value());
  const auto bytes = ConstBytes{record}.first(*length);
  if (hooks_.on_record) hooks_.on_record(bytes);
  assembler_.add(bytes);
  const auto* end = std::get_if<core::TraceEnd>(&event);
  if (end != nullptr && end->stop != core::StopReason::halted && hooks_.on_done) hooks_.on_done(*end);
}

template <class Link>
void Session::run_on(Link& link, const NextTarget& next) {
  WatchedLink<Link> watched{link, *engine_, hooks_, withheld_};
  FunctionSource source{next};
  core::drive(*engine_, watched, source, [this](const core::Event& event) { take(event); });
}

void Session::run(lab::VirtualLink& link, const NextTarget& next) { run_on(link, next); }
void Session::run(os_linux::PacketLink& link, const NextTarget& next) { run_on(link, next); }

void Session::finish(bool was_interrupted, Instant now) {
  assembler_.add(report::CountersAt{.at = now, .final = true, .interrupted = was_interrupted, .counters = counters()});
  assembler_.finish();
}

std::array<std::byte, 32> engine_seed(std::uint64_t number) {
  std::array<std::byte, 32> seed;
  Prng prng{number};
  for (std::size_t i = 0; i < seed.size(); i += 8) store_le(seed, i, 8, prng.next());
  return seed;
}

}  // namespace utnt::apps
