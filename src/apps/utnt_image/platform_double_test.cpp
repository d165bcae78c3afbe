// SPDX-License-Identifier: BSD-2-Clause
// See platform_double_test.hpp: the platform calls find the one double that lives.
#include "apps/utnt_image/platform_double_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <stdexcept>

#include "apps/utnt_image/image_run.hpp"

namespace utnt::image {
namespace {

PlatformDouble* current = nullptr;
constexpr std::align_val_t memory_alignment{64};

}  // namespace

PlatformDouble::PlatformDouble(emu::Network& network) : network_{network}, edge_{network.vantage_point()} {
  current = this;
}

PlatformDouble::~PlatformDouble() { current = nullptr; }

int PlatformDouble::run(const std::string& command_line, const std::string& module, std::size_t memory_bytes) {
  auto* const memory = static_cast<std::byte*>(::operator new(memory_bytes, memory_alignment));
  std::fill(memory, memory + memory_bytes, std::byte{0});
  const std::array<unikernel::Nic, 2> all_nics{{{lab::vantage_point_mac.octets, 1500}, {{2, 0, 0, 0, 0, 9}, 1500}}};
  const ConstBytes module_bytes = std::as_bytes(std::span{module});
  unikernel::Startup startup;
  startup.command_line = command_line;
  if (!module.empty()) startup.modules = {&module_bytes, 1};
  startup.memory = {memory, memory_bytes};
  startup.nics = std::span{all_nics}.first(nics);
  startup.seed.fill(std::byte{0x5e});
  const int code = run_image(startup, {"0.0.0", "test"});
  ::operator delete(memory, memory_alignment);
  return code;
}

void PlatformDouble::wait(Instant deadline) {
  ++waits;
  if (!injected.empty() || !answers_.empty()) return;
  if (deadline.ns() - now.ns() > 3'600'000'000'000) throw std::logic_error{"the program sleeps for ever"};
  const auto arrival = network_.next_arrival();
  now = std::max(now, arrival ? std::min(*arrival, deadline) : deadline);
}

unsigned PlatformDouble::tx_burst(std::span<const unikernel::Frame> frames) {
  const auto offered = static_cast<unsigned>(frames.size());
  const auto taken = room ? std::min(room(offered), offered) : offered;
  for (const auto& frame : frames.first(taken)) {
    EXPECT_LE(frame.bytes.size(), unikernel::frame_bytes_max);
    if (keeps_sent) sent.emplace_back(frame.bytes.begin(), frame.bytes.end());
    const auto work = edge_.take(frame.bytes);
    if (!work.packet.empty()) network_.send(work.packet, now);
    if (!work.answer.empty() && answers_arp) answers_.emplace_back(work.answer.begin(), work.answer.end());
  }
  return taken;
}

unsigned PlatformDouble::rx_burst(std::span<unikernel::Frame> frames) {
  unsigned count = 0;
  const auto put = [&](ConstBytes bytes, Instant stamp) {
    auto& buffer = buffers_.at(count);
    copy_bytes(buffer, bytes);
    frames[count++] = {MutableBytes{buffer}.first(bytes.size()), stamp, 0};
  };
  const auto room_left = [&] { return count < frames.size() && count < buffers_.size(); };
  for (auto* queue : {&injected, &answers_}) {
    for (; room_left() && !queue->empty(); queue->pop_front()) put(queue->front(), now);
  }
  while (room_left()) {
    const auto arrival = network_.next_arrival();
    if (!arrival || *arrival > now) break;
    const auto received = network_.receive(edge_.packet_buffer(), now);
    if (!received) break;
    put(edge_.frame(received->packet.size()), received->arrival);
  }
  return count;
}

bool PlatformDouble::rec_write(ConstBytes bytes) {
  if (records.size() + bytes.size() > record_bytes_max) return false;
  records.insert(records.end(), bytes.begin(), bytes.end());
  return true;
}

}  // namespace utnt::image

namespace utnt::unikernel::platform {

using image::current;

Instant now() { return current->now; }
std::uint64_t wall_ns() { return current->wall; }
void wait(Instant deadline) { current->wait(deadline); }
unsigned tx_burst(std::span<const Frame> frames) { return current->tx_burst(frames); }
unsigned rx_burst(std::span<Frame> frames) { return current->rx_burst(frames); }
ReceiveLosses receive_losses() { return current->losses; }
bool rec_write(ConstBytes bytes) { return current->rec_write(bytes); }
void log_write(std::string_view text) { current->log += text; }
[[noreturn]] void finish(int code) {
  std::abort();
  static_cast<void>(code);
}

}  // namespace utnt::unikernel::platform
