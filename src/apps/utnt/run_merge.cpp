// SPDX-License-Identifier: BSD-2-Clause
// See run_merge.hpp.
#include "apps/utnt/run_merge.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace utnt::apps {

namespace {

/// All fields of the counters are numbers of 64 bits.
using Numbers = std::array<std::uint64_t, sizeof(core::Counters) / sizeof(std::uint64_t)>;

void add_counters(core::Counters& sum, const core::Counters& part) {
  auto numbers = std::bit_cast<Numbers>(sum);
  const auto more = std::bit_cast<Numbers>(part);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] += more[i];
  sum = std::bit_cast<core::Counters>(numbers);
}

}  // namespace

/// What one instance hands out, on its way to the common sink.
class MergedResults::Spread final : public results::ResultSink {
 public:
  Spread(MergedResults& all, std::uint32_t place, std::uint32_t instances)
      : all_{all}, place_{place}, instances_{instances} {}

  void run(const results::RunInfo& info) override {
    if (all_.started_++ > 0) return;
    auto whole = info;
    whole.destinations = all_.destinations_;
    whole.rate_pps = info.rate_pps * instances_;
    all_.out_.run(whole);
  }
  void trace(const results::TraceResult& trace) override {
    if (trace.stop != report::StopReason::halted) all_.finished_.push_back(trace.user_id);
    if (instances_ == 1) return all_.out_.trace(trace);
    auto renumbered = trace;
    renumber(renumbered.id);
    for (auto& path : renumbered.paths) {
      renumber(path.tunnel);
    }
    for (auto& tunnel : renumbered.tunnels) renumber(tunnel.id);
    all_.out_.trace(renumbered);
  }
  void ping(const results::PingResult& ping) override {
    auto renumbered = ping;
    renumber(renumbered.trace);
    all_.out_.ping(renumbered);
  }
  void tunnel(const results::TunnelResult& tunnel) override {
    auto renumbered = tunnel;
    renumber(renumbered.trace);
    renumber(renumbered.tunnel.id);
    all_.out_.tunnel(renumbered);
  }
  void summary(const results::Summary&) override {}

 private:
  /// 0 is none; 1, 2, 3 of instance p become p, p + N, p + 2N, counted from 1.
  void renumber(std::uint32_t& number) const {
    if (number != 0) number = (number - 1) * instances_ + place_ + 1;
  }

  MergedResults& all_;
  std::uint32_t place_;
  std::uint32_t instances_;
};

struct MergedResults::Stream {
  Stream(MergedResults& all, std::uint32_t place, std::uint32_t instances) : sink{all, place, instances} {}
  Spread sink;
  results::Assembler assembler{sink};
  results::FrameReader reader{assembler};
};

MergedResults::MergedResults(results::ResultSink& out, std::uint32_t instances, std::uint64_t destinations)
    : out_{out}, destinations_{destinations} {
  for (std::uint32_t i = 0; i < instances; ++i) streams_.push_back(std::make_unique<Stream>(*this, i, instances));
}

MergedResults::~MergedResults() = default;

void MergedResults::add(std::size_t instance, ConstBytes bytes) { streams_[instance]->reader.add(bytes); }

std::string MergedResults::finish(std::size_t instance) {
  auto& stream = *streams_[instance];
  stream.reader.finish();
  stream.assembler.finish();
  return stream.reader.complaint();
}

void MergedResults::finish() { out_.summary(summary()); }

std::vector<std::uint32_t> MergedResults::take_finished() { return std::exchange(finished_, {}); }

results::Summary MergedResults::summary() const {
  results::Summary sum;
  for (const auto& stream : streams_) {
    const auto& part = stream->assembler.summary();
    sum.end = std::max(sum.end, part.end);
    sum.interrupted = sum.interrupted || part.interrupted;
    add_counters(sum.counters, part.counters);
    sum.traces += part.traces;
    sum.pings += part.pings;
    sum.tunnels += part.tunnels;
    sum.records_orphaned += part.records_orphaned;
    sum.records_unknown += part.records_unknown;
    sum.traces_incomplete += part.traces_incomplete;
  }
  return sum;
}

}  // namespace utnt::apps
