// SPDX-License-Identifier: BSD-2-Clause
// The last instructions of the shim: the processor as Firecracker leaves it. Source: the unikernel specification, sections 2.2
// and 2.3.

.set gdt, 0x500

.section .data
gdt_pointer:
  .word 4 * 8 - 1
  .quad gdt
idt_pointer:
  .word 7
  .quad 0x520

.text
.code64
// Linux protocol: long mode, tables of 1 GiB, RSI the zero page, RSP and RBP 0x8ff0, nothing else.
.global shim_enter_linux
shim_enter_linux:
  lgdt gdt_pointer
  lidt idt_pointer
  mov $0x9000, %eax
  mov %rax, %cr3
  mov $0x10, %eax
  mov %eax, %ds
  mov %eax, %es
  mov %eax, %ss
  mov %eax, %fs
  mov %eax, %gs
  mov $0x8ff0, %esp
  mov $0x8ff0, %ebp
  mov $0x7000, %esi
  pushq $2
  popfq
  pushq $8
  pushq %rdi
  xor %eax, %eax
  xor %ebx, %ebx
  xor %ecx, %ecx
  xor %edx, %edx
  xor %edi, %edi
  lretq

// PVH: protected mode without paging, EBX the start information, ESP 0. The table at 0x500 has a 32-bit code segment.
.global shim_enter_pvh
shim_enter_pvh:
  lgdt gdt_pointer
  lidt idt_pointer
  pushq $8
  pushq $1f
  lretq
.code32
1:
  mov $0x10, %eax
  mov %eax, %ds
  mov %eax, %es
  mov %eax, %ss
  mov %eax, %fs
  mov %eax, %gs
  mov $0x11, %eax
  mov %eax, %cr0
  mov $0xc0000080, %ecx
  xor %eax, %eax
  xor %edx, %edx
  wrmsr
  mov %eax, %cr4
  mov %eax, %cr3
  xor %ecx, %ecx
  xor %esi, %esi
  xor %ebp, %ebp
  xor %esp, %esp
  mov $0x6000, %ebx
  jmp *%edi
