// SPDX-License-Identifier: BSD-2-Clause
// Where writers put their bytes. One call carries whole lines or whole records, so that a caller who stops between two
// calls leaves a valid file. The callee reports trouble by throwing.
#pragma once

#include <functional>
#include <string_view>

namespace utnt::results {

using WriteBytes = std::function<void(std::string_view)>;

}  // namespace utnt::results
