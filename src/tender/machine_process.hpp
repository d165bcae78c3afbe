// SPDX-License-Identifier: BSD-2-Clause
// What the tenders that start a virtual machine share: looking at the image, and
// starting a process that dies with us, in a process group of its own, with the descriptors it is to have.
#pragma once

#include <string>
#include <vector>

#include "tender/tender.hpp"

namespace utnt::tender {

/// Whether that file is there and one that virtual machines can boot.
bool is_machine_image(const std::string& path);

/// Throws os_linux::Failure (bad_input): no such image, not one for virtual machines, or too little memory for any.
void check_machine(const RunRequest& request);

struct StartedProgram {
  int process_id{-1};
  Instant spawned;   ///< just before the fork
  Instant executed;  ///< when it had become the program
};
/// `words` are the command, its program first; `descriptors` keep their numbers; `log` (-1: none) gets standard output
/// and error; it joins `group` before it becomes the program; `from_3_on` become its descriptors 3, 4 and so on. Throws
/// os_linux::Failure, also when the program cannot be executed.
StartedProgram start_program(const std::vector<std::string>& words, const std::vector<int>& descriptors, int log,
                             const InstanceGroup* group = nullptr, const std::vector<int>& from_3_on = {});

}  // namespace utnt::tender
