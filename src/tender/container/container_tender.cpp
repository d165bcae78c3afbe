// SPDX-License-Identifier: BSD-2-Clause
// See container_tender.hpp.
#include "tender/container/container_tender.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "os_linux/failure.hpp"
#include "os_linux/interfaces.hpp"
#include "os_linux/programs.hpp"
#include "os_linux/seal.hpp"
#include "tender/container/container_instance.hpp"
#include "tender/container/left_groups.hpp"
#include "tender/input_file.hpp"
#include "tender/machine_process.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::system_failure;

constexpr const char* magic_of_tar = "ustar";

/// PATH, or where Debian puts what only root calls.
std::optional<std::string> find_runtime() {
  if (auto found = os_linux::find_program("runc")) return found;
  const std::string place = "/usr/sbin/runc";
  return ::access(place.c_str(), X_OK) == 0 ? std::optional{place} : std::nullopt;
}

/// podman's own messages about a file that is no tarball are hard to read.
void check_tarball(const std::string& path) {
  const auto file = open_file(path, "image");
  constexpr off_t magic_offset = 257;
  std::array<char, 5> magic{};
  if (::pread(file.fd.get(), magic.data(), magic.size(), magic_offset) != static_cast<ssize_t>(magic.size()) ||
      std::string_view{magic.data(), magic.size()} != magic_of_tar)
    throw Failure{ExitCode::bad_input, "the image " + path + " is not a tarball of a root file system"};
}

const std::string& interface_of(const RunRequest& request) {
  if (request.nics.size() != 1 || request.nics.front().kind != NicKind::packet_ring)
    throw Failure{ExitCode::environment,
                  "a container reaches the network by one interface of the agent's own namespace (network kind ring)"};
  const auto& name = request.nics.front().tap;
  // It is opened in the container, as the same namespace: asked for here, so that nothing starts in vain.
  os_linux::require_permission_to_probe("the interface of a container");
  os_linux::find_interface(name);
  return name;
}

class ContainerTender final : public Tender {
 public:
  explicit ContainerTender(std::string directory) : storage_{std::make_shared<ContainerStorage>()} {
    storage_->podman.directory = std::move(directory);
  }
  std::unique_ptr<Instance> start(const RunRequest& request) override;

 private:
  void find_programs();

  std::shared_ptr<ContainerStorage> storage_;
  unsigned started_{0};
};

void ContainerTender::find_programs() {
  if (const auto lack = lacks_for_containers()) throw Failure{ExitCode::environment, *lack};
  auto& podman = storage_->podman;
  podman.program = *os_linux::find_program("podman");
  podman.runtime = *find_runtime();
  if (::mkdir(podman.directory.c_str(), 0700) != 0 && errno != EEXIST)
    throw system_failure("cannot make " + podman.directory, errno);
  const auto path = podman.configuration_file();
  const std::string_view text{podman_configuration};
  const os_linux::UniqueFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
  if (!file.is_open() || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw system_failure("cannot write " + path, errno);
}

std::unique_ptr<Instance> ContainerTender::start(const RunRequest& request) {
  constexpr std::int64_t second = 1'000'000'000, grace_seconds = 10;
  check_tarball(request.image);
  const auto image = container_image_name(request.image);
  if (image.empty())
    throw Failure{ExitCode::bad_input, "the file name of the image does not name it: " + request.image};
  if (request.memory_bytes < container_memory_min)
    throw Failure{ExitCode::bad_input, "no container starts with less than 32 MiB"};
  const auto& interface = interface_of(request);
  find_programs();
  auto module = open_module(request);
  if (!module.fd.is_open()) module.fd = hold_in_memory("module", {});
  ContainerPlan plan{.name = "utnt-" + std::to_string(::getpid()) + "-" + std::to_string(++started_),
                     .image = image,
                     .network = "/proc/" + std::to_string(::getpid()) + "/ns/net",
                     .interface = interface,
                     .command_line = request.command_line,
                     .memory_bytes = request.memory_bytes,
                     .processors = request.limits.processors};
  if (request.time_limit) plan.seconds = request.time_limit->ns() / second + grace_seconds;
  return std::make_unique<ContainerInstance>(ContainerInstance::Parts{.storage = storage_,
                                                                      .plan = std::move(plan),
                                                                      .image_path = request.image,
                                                                      .module = std::move(module.fd),
                                                                      .log = request.log_descriptor,
                                                                      .time_limit = request.time_limit});
}

}  // namespace

std::optional<std::string> lacks_for_containers() {
  if (!os_linux::find_program("podman")) return "podman is not installed (Debian package podman)";
  if (!find_runtime()) return "runc is not installed (Debian package runc)";
  if (::geteuid() != 0)
    return "containers with a raw socket in the agent's network namespace need an agent that is root";
  return std::nullopt;
}

std::unique_ptr<Tender> make_container_tender(std::string directory) {
  return std::make_unique<ContainerTender>(std::move(directory));
}

void remove_container_storage(const std::string& directory) {
  remove_left_groups(directory);
  std::error_code ignored;
  std::filesystem::remove_all(Podman{.program = {}, .runtime = {}, .directory = directory}.run_directory(), ignored);
  std::filesystem::remove_all(directory, ignored);
}

}  // namespace utnt::tender
