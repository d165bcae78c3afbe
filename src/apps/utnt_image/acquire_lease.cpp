// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt_image/acquire_lease.hpp"

namespace utnt::image {

namespace platform = unikernel::platform;

std::optional<unikernel::DhcpLease> acquire_lease(const unikernel::Nic& nic, std::uint32_t transaction,
                                                  LinkBuffers& buffers) {
  unikernel::DhcpClient client{{nic.mac}, transaction};
  while (!client.lease()) {
    const auto now = platform::now();
    if (const auto frame = client.poll(buffers.answer, now)) {
      const unikernel::Frame out{MutableBytes{buffers.answer}.first(frame->size()), now, 0};
      platform::tx_burst({&out, 1});
    }
    const auto deadline = client.deadline();
    if (!deadline) return std::nullopt;
    platform::wait(*deadline);
    const auto count = platform::rx_burst(buffers.incoming);
    for (unsigned i = 0; i < count; ++i) client.take(buffers.incoming[i].bytes);
  }
  return client.lease();
}

}  // namespace utnt::image
