// SPDX-License-Identifier: BSD-2-Clause
// Where the processor jumps to. Exceptions end the program with a report; interrupts happen only inside utnt_sleep, so a
// counter is all they have to touch. Source: the unikernel specification, section 2.6.

.section .bss.interrupts, "aw", @nobits
.align 4
.global utnt_interrupts
utnt_interrupts: .skip 4

.section .text.interrupts, "ax"
.code64

// The processor pushes an error code for vectors 8, 10 to 14, 17, 21, 29 and 30; the others get a zero.
.set with_error_code, 0x60227d00
.set vector, 0
.rept 32
  .align 16
  .if vector == 0
    .global utnt_exceptions
utnt_exceptions:
  .endif
  .if ((with_error_code >> vector) & 1) == 0
    pushq $0
  .endif
  pushq $vector
  jmp exception
  .set vector, vector + 1
.endr

exception:
  cld
  mov %rsp, %rdi
  mov %cr2, %rsi
  and $-16, %rsp
  call utnt_exception
  ud2

.global utnt_interrupt, utnt_spurious
utnt_interrupt:
  incl utnt_interrupts
utnt_spurious:
  iretq

// sti takes effect after the next instruction: an interrupt that came before ends the hlt at once.
.global utnt_sleep
utnt_sleep:
  sti
  hlt
  cli
  ret

// An interrupt without a table to look it up: every processor resets.
.global utnt_reset
utnt_reset:
  pushq $0
  pushq $0
  lidt (%rsp)
  int3
5:
  cli
  hlt
  jmp 5b
