// SPDX-License-Identifier: BSD-2-Clause
// What only the build knows, for the tests of this folder.
#include "tender/test_instance.hpp"

namespace utnt::tender {

std::string test_image_path() { return UTNT_TEST_IMAGE; }
std::string tender_program_path() { return UTNT_TENDER_PROGRAM; }

}  // namespace utnt::tender
