// SPDX-License-Identifier: BSD-2-Clause
// Messages wait in a map ordered by arrival; equal arrivals keep their order. Each one went through the frame codec, so
// that what no stream would carry is not carried here either.
#include "fleet/transport/memory_link.hpp"

#include <utility>
#include <vector>

namespace utnt::fleet {
namespace {

constexpr std::uint32_t permille = 1000;

Message through_the_codec(const Message& message) {
  std::vector<std::byte> frame;
  append_frame(frame, message);
  FrameDecoder decoder;
  decoder.add(frame);
  return std::move(*decoder.next());
}

}  // namespace

class MemoryPair::End : public Link {
 public:
  End(MemoryPair& pair, Way& out, Way& in) : pair_{pair}, out_{out}, in_{in} {}
  bool send(const Message& message) override { return pair_.send(out_, message); }
  std::optional<Message> receive() override { return pair_.receive(in_); }
  [[nodiscard]] int descriptor() const override { return -1; }
  [[nodiscard]] bool wants_write() const override { return false; }
  [[nodiscard]] std::optional<Instant> wake_at() const override {
    return in_.empty() ? std::nullopt : std::optional{in_.begin()->first};
  }
  [[nodiscard]] bool is_open() const override { return pair_.is_open_; }
  [[nodiscard]] std::string why() const override { return pair_.why_; }

 private:
  MemoryPair& pair_;
  Way& out_;
  Way& in_;
};

MemoryPair::MemoryPair(const Instant& now, const MemoryFaults& faults)
    : now_{now},
      faults_{faults},
      prng_{faults.seed},
      near_{std::make_unique<End>(*this, to_far_, to_near_)},
      far_{std::make_unique<End>(*this, to_near_, to_far_)} {}

MemoryPair::~MemoryPair() = default;

Link& MemoryPair::near() { return *near_; }
Link& MemoryPair::far() { return *far_; }

void MemoryPair::cut(const std::string& why) {
  if (!is_open_) return;
  is_open_ = false;
  why_ = why;
  to_near_.clear();
  to_far_.clear();
}

bool MemoryPair::send(Way& way, const Message& message) {
  if (!is_open_ || way.size() >= faults_.capacity) return false;
  const Message sent = through_the_codec(message);
  ++counts_.sent;
  if (faults_.cut_at && counts_.sent > *faults_.cut_at) {
    cut("cut by the fault plan");
    return false;
  }
  if (prng_.chance(faults_.lost_permille, permille)) {
    ++counts_.lost;
    return true;
  }
  const bool is_repeated = prng_.chance(faults_.repeated_permille, permille);
  counts_.repeated += is_repeated ? 1 : 0;
  for (int copy = 0; copy < (is_repeated ? 2 : 1); ++copy) {
    Instant arrival = now_ + faults_.delay;
    if (faults_.late_max > Duration{0} && prng_.chance(faults_.late_permille, permille)) {
      ++counts_.late;
      arrival =
          arrival + Duration{static_cast<std::int64_t>(prng_.below(static_cast<std::uint64_t>(faults_.late_max.ns())))};
    }
    way.emplace(arrival, sent);
  }
  return true;
}

std::optional<Message> MemoryPair::receive(Way& way) {
  if (way.empty() || way.begin()->first > now_) return std::nullopt;
  auto message = std::move(way.begin()->second);
  way.erase(way.begin());
  return message;
}

}  // namespace utnt::fleet
