// SPDX-License-Identifier: BSD-2-Clause
#include "core/engine.hpp"

#include <new>
#include <string_view>

#include "core/campaign/campaign.hpp"
#include "core/probe/probe_packet.hpp"

namespace utnt::core {

using std::string_view_literals::operator""sv;  // a view of known length: measuring a text would need strlen

static_assert(std::is_trivially_destructible_v<EngineState>);

namespace {

constexpr auto state_bytes = (sizeof(EngineState) + Arena::alignment - 1) / Arena::alignment * Arena::alignment;

}  // namespace

std::string_view invalid_field(const EngineConfig& config) {
  constexpr std::uint32_t tnt_window = 1;
  if (!config.source.is_v4()) return "source"sv;
  if (config.traces_max == 0 || config.traces_max > 1'000'000) return "traces_max"sv;
  if (config.addresses_max < 64 || config.addresses_max > 100'000'000) return "addresses_max"sv;
  if (config.tunnels_max < 16 || config.tunnels_max > 50'000'000) return "tunnels_max"sv;
  if (config.rules == RuleSet::tnt ? config.window != tnt_window : config.window == 0 || config.window > 64)
    return "window"sv;
  if (config.first_ttl == 0) return "first_ttl"sv;
  if (config.max_ttl < config.first_ttl) return "max_ttl"sv;
  if (config.attempts == 0 || config.attempts > path_attempts_max) return "attempts"sv;
  if (config.gap_limit == 0) return "gap_limit"sv;
  if (config.timeout_max < Duration{1'000'000} || config.timeout_max > Duration{60'000'000'000}) return "timeout_max"sv;
  if (config.pings == 0 || config.pings > ping_replies_max) return "pings"sv;
  if (config.frpla_min == 0) return "frpla_min"sv;
  if (config.rtla_min == 0) return "rtla_min"sv;
  if (config.burst_packets_max == 0) return "burst_packets_max"sv;
  if (config.prefix_burst == 0) return "prefix_burst"sv;
  if (config.attribution.size() > attribution_bytes_max) return "attribution"sv;
  return {};
}

std::size_t Engine::bytes_needed(const EngineConfig& config) {
  Arena arena;
  EngineState::carve(arena, config);
  return state_bytes + arena.used();
}

Result<Engine> Engine::create(const EngineConfig& config, std::span<std::byte> memory, MemoryHolds content) {
  if (!invalid_field(config).empty()) return Fail{Error::invalid_argument};
  if (memory.size() < bytes_needed(config)) return Fail{Error::no_room};
  Arena arena{memory.subspan(state_bytes), content};
  const auto parts = EngineState::carve(arena, config);
  return Engine{::new (memory.data()) EngineState(parts, config)};
}

bool Engine::can_start() const { return state_->can_start(); }
Result<TraceId> Engine::start(const TraceRequest& request, Instant now) { return state_->start(request, now); }
void Engine::handle_packet(const wire::Received& received, Instant now) { state_->handle_packet(received, now); }
void Engine::handle_timeout(Instant now) { state_->handle_timeout(now); }
std::optional<wire::Packet> Engine::poll_transmit(wire::PacketBuffer out, Instant now) {
  return state_->poll_transmit(out, now);
}
const Event* Engine::poll_event() { return state_->poll_event(); }
std::optional<Instant> Engine::next_timeout() const { return state_->next_timeout(); }
void Engine::halt(Instant now) { state_->halt(now); }
bool Engine::idle() const { return state_->idle(); }
const Counters& Engine::counters() const { return state_->counters(); }

}  // namespace utnt::core
