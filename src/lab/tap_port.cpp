// SPDX-License-Identifier: BSD-2-Clause
// One frame per read and write: the device offers nothing else without an event ring.
#include "lab/tap_port.hpp"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "lab/ethernet_edge.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/interfaces.hpp"
#include "os_linux/seal.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::lab {
namespace {

using os_linux::system_failure;
using os_linux::UniqueFd;

constexpr std::size_t frame_bytes_max = 2112;
constexpr std::uint32_t queue_frames = 20'000;  ///< frames that wait for us in the kernel during a burst

class TapPort final : public FramePort {
 public:
  explicit TapPort(UniqueFd device) : device_{std::move(device)} {}

  [[nodiscard]] int fd() const override { return device_.get(); }

  std::optional<ConstBytes> read() override {
    const auto got = ::read(device_.get(), buffer_.data(), buffer_.size());
    if (got <= 0) return std::nullopt;
    return ConstBytes{buffer_}.first(static_cast<std::size_t>(got));
  }

  void write(ConstBytes frame) override {
    if (::write(device_.get(), frame.data(), frame.size()) < 0) ++dropped_;
  }

 private:
  UniqueFd device_;
  std::array<std::byte, frame_bytes_max> buffer_{};
};

/// Router solicitations and the like would only be noise in the emulated network.
void switch_off_ipv6() {
  const auto path = std::string{"/proc/sys/net/ipv6/conf/"} + lab_interface + "/disable_ipv6";
  const UniqueFd file{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (file.is_open()) [[maybe_unused]]
    const auto written = ::write(file.get(), "1", 1);
}

}  // namespace

std::unique_ptr<FramePort> open_tap_port() {
  os_linux::require_permission_to_probe("a TAP");
  UniqueFd device{::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK)};
  if (!device.is_open()) throw system_failure("cannot open /dev/net/tun", errno);
  ifreq request{};
  std::strncpy(request.ifr_name, lab_interface, sizeof request.ifr_name - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (::ioctl(device.get(), TUNSETIFF, &request) != 0) {
    throw system_failure(std::string{"cannot create the TAP "} + lab_interface, errno);
  }
  os_linux::set_queue_length(lab_interface, queue_frames);
  return std::make_unique<TapPort>(std::move(device));
}

void configure_lab_interface(const wire::IpAddress& vantage_point) {
  switch_off_ipv6();
  os_linux::set_mac(lab_interface, vantage_point_mac);
  os_linux::add_address(lab_interface, {vantage_point, 32});
  os_linux::set_up(lab_interface, true);
  os_linux::add_route(lab_interface, {wire::Ipv4Address{}, 0}, gateway_address);
}

}  // namespace utnt::lab
