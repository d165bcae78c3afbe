// SPDX-License-Identifier: BSD-2-Clause
// The prober's image: where the library OS enters it. Number and commit come from the build.
#include "apps/utnt_image/image_run.hpp"
#include "version_build.hpp"

int utnt::unikernel::program(const Startup& startup) {
  using std::string_view_literals::operator""sv;
  return image::run_image(startup, {UTNT_VERSION_NUMBER ""sv, UTNT_VERSION_COMMIT ""sv});
}
