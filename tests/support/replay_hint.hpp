// SPDX-License-Identifier: BSD-2-Clause
// What panic() prints besides its own text: how to replay the seeded test that is running.
// Apart from the seeds, because the fuzz targets have a panic() but no seeds.
#pragma once

namespace utnt::test {

extern const char* replay_hint;  ///< null outside seeded tests

}  // namespace utnt::test
