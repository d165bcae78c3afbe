// SPDX-License-Identifier: BSD-2-Clause
// The least that a microvm can boot: its first instructions write one byte to the serial port, the next end it by the exit
// device. How long that takes is the monitor's own time, and the floor of every image.
// Source: the unikernel specification, sections 2.1, 2.2, 7 and 8.

.section .note.pvh, "a", @note
.align 4
.long 4, 4, 18
.ascii "Xen\0"
.long bare_entry

.section .text.boot, "ax"
.code32
.global bare_entry
bare_entry:
  mov $0x3f8, %dx
  mov $'!', %al
  out %al, %dx
  mov $0xf4, %dx
  mov $0x10, %eax
  out %eax, %dx
  cli
  hlt
