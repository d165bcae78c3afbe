// SPDX-License-Identifier: BSD-2-Clause
// What boxes in the path do to packets that pass: translate, filter, rewrite.
#pragma once

#include "emu/flight.hpp"
#include "emu/quirks.hpp"

namespace utnt::emu {

/// Does the box swallow this packet?
bool blocks(const Middlebox& box, const Flight& flight);

/// Address translation, extension stripping and checksum rewriting; true when the destination changed.
bool rewrite(const Middlebox& box, Flight& flight);

/// The TTL normaliser, applied as the packet leaves.
void adjust_ttl(const Middlebox& box, Flight& flight);

}  // namespace utnt::emu
