// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt_image/acquire_lease.hpp"

namespace utnt::image {

namespace platform = unikernel::platform;

bool acquire_lease(unikernel::DhcpClient& client, LinkBuffers& buffers) {
  while (!client.lease()) {
    const auto now = platform::now();
    if (const auto frame = client.poll(buffers.answer, now)) {
      const unikernel::Frame out{MutableBytes{buffers.answer}.first(frame->size()), now, 0};
      platform::tx_burst({&out, 1});  // a full ring loses it, as a wire would: it is sent again
    }
    const auto deadline = client.deadline();
    if (!deadline) return false;
    platform::wait(*deadline);
    const auto frames = std::span{buffers.incoming}.first(platform::rx_burst(buffers.incoming));
    for (const auto& frame : frames) {
      if (frame.nic == 0) client.take(frame.bytes);
    }
  }
  return true;
}

}  // namespace utnt::image
