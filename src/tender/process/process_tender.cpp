// SPDX-License-Identifier: BSD-2-Clause
// Opens what the image will need, looks at the image for a clear message, and starts utnt-tender with the descriptors.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"
#include "tender/host_tsc.hpp"
#include "tender/input_file.hpp"
#include "tender/octets.hpp"
#include "tender/process/arguments.hpp"
#include "tender/process/elf_image.hpp"
#include "tender/process/process_instance.hpp"
#include "tender/process/spawn.hpp"
#include "tender/tender.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::system_failure;
using os_linux::UniqueFd;

void check_image(const RunRequest& request, const OpenFile& image, std::uint64_t module_bytes) {
  std::array<std::byte, image_head_bytes> head{};
  const auto got = ::pread(image.fd.get(), head.data(), head.size(), 0);
  if (got < 0) throw system_failure("cannot read the image " + request.image, errno);
  const auto layout = read_image_layout(ConstBytes{head}.first(static_cast<std::size_t>(got)), image.bytes);
  if (layout.fault != ImageFault::none)
    throw Failure{ExitCode::bad_input, "the image " + request.image + " " + describe(layout.fault)};
  if (request.command_line.size() > command_line_max || request.command_line.find('\0') != std::string::npos) {
    throw Failure{ExitCode::bad_input, "the image's command line is longer than " + std::to_string(command_line_max) +
                                           " bytes, or has a zero byte: put lists into the input file"};
  }
  const auto needed = memory_needed(layout, request.command_line.size(), module_bytes);
  if (request.memory_bytes < needed) {
    throw Failure{ExitCode::bad_input, "the image " + request.image + " and its input need more than " +
                                           std::to_string(needed / 1024) + " KiB of memory, " +
                                           std::to_string(request.memory_bytes / 1024) + " KiB are granted"};
  }
  if (request.memory_bytes > highest_address - layout.begin)
    throw Failure{ExitCode::bad_input, "an image can have at most 4095 MiB of memory"};
}

std::string nic_argument(const NicRequest& request, int fd) {
  const bool is_ring = request.kind == NicKind::packet_ring;
  auto text = std::to_string(fd) + (is_ring ? ":ring:" : ":frames:") + hex(request.mac, ":") + ":" +
              std::to_string(request.mtu);
  for (const auto number : {ring_block_bytes, ring_blocks, ring_frame_bytes}) {
    if (is_ring) text += ":" + std::to_string(number);
  }
  return text;
}

std::string descriptor_argument(const UniqueFd& fd) { return "fd:" + std::to_string(fd.get()); }

/// An image that cannot be limited as was asked does not run.
void add_or_kill(InstanceGroup& group, int child) {
  try {
    group.add(child);
  } catch (const Failure&) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    throw;
  }
}

class ProcessTender final : public Tender {
 public:
  std::unique_ptr<Instance> start(const RunRequest& request) override;
};

std::unique_ptr<Instance> ProcessTender::start(const RunRequest& request) {
  if (request.nics.size() > abi::boot_nics_max) throw Failure{ExitCode::bad_input, "an image has at most 4 interfaces"};
  const auto image = open_file(request.image, "image");
  const auto module = open_module(request);
  check_image(request, image, module.bytes);
  std::deque<OpenNic> nics;
  for (const auto& nic : request.nics) nics.emplace_back(nic);
  auto records = make_record_socket();

  ArgumentList arguments{request.tender_program.empty() ? find_tender_program() : request.tender_program};
  std::vector<int> descriptors{image.fd.get(), records.theirs.get()};
  arguments.add("--parent", std::to_string(::getpid()));
  arguments.add("--memory", std::to_string(request.memory_bytes));
  arguments.add("--record-fd", std::to_string(records.theirs.get()));
  if (request.log_descriptor >= 0) {
    arguments.add("--log-fd", std::to_string(request.log_descriptor));
    descriptors.push_back(request.log_descriptor);
  } else {
    arguments.add("--no-log");
  }
  if (module.fd.is_open()) {
    arguments.add("--module", descriptor_argument(module.fd));
    descriptors.push_back(module.fd.get());
  }
  for (std::size_t i = 0; i < nics.size(); ++i) {
    arguments.add("--nic", nic_argument(request.nics[i], nics[i].fd()));
    descriptors.push_back(nics[i].fd());
  }
  if (!request.command_line.empty()) arguments.add("--command-line", request.command_line);
  if (request.seed) arguments.add("--seed", hex(*request.seed, ""));
  if (!is_tsc_trusted()) {
    arguments.add("--no-tsc");
  } else if (request.tsc_hz != 0) {
    arguments.add("--tsc-hz", std::to_string(request.tsc_hz));
  }
  if (request.logs_forbidden_calls) arguments.add("--trace");
  arguments.add(descriptor_argument(image.fd));

  auto group = make_group(request);
  const auto spawned = os_linux::monotonic_now();
  const int child = spawn(arguments, descriptors);  // it returns when the child has executed the program
  const auto executed = os_linux::monotonic_now();
  if (group) add_or_kill(*group, child);
  return watch({.what = "image",
                .process_id = child,
                .records = std::move(records.source),
                .group = std::move(group),
                .nics = std::move(nics),
                .spawned = spawned,
                .executed = executed,
                .time_limit = request.time_limit,
                .meaning_of_status = nullptr});
}

}  // namespace

std::unique_ptr<Tender> make_process_tender() { return std::make_unique<ProcessTender>(); }

}  // namespace utnt::tender
