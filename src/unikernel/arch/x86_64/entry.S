// SPDX-License-Identifier: BSD-2-Clause
// The first instructions. PVH hands over in 32-bit mode (EBX: start information), the Linux protocol in 64-bit mode (RSI:
// zero page, and only the first GiB mapped); the second steps back to 32 bits, so that every boot takes the same path:
// own stack, own tables, long mode, utnt_machine_entry(information, entry).
// Source: the unikernel specification, sections 2.2 to 2.5.

.set entry_pvh, 1
.set entry_linux, 2
.set present_write, 0x3
.set large_page, 0x83      // present, writable, 2 MiB
.set device_page, 0x9b     // the same, not cached
.set page_2m, 0x200000
.set code64, 0x08
.set data, 0x10
.set code32, 0x18
.set msr_efer, 0xc0000080
.set efer_long_mode, 0x100
.set efer_no_execute, 0x800

.section .note.pvh, "a", @note
.align 4
.long 4, 4, 18
.ascii "Xen\0"
.long utnt_pvh_entry

.section .data
.align 16
.global utnt_gdt
utnt_gdt:
  .quad 0
  .quad 0x00af9b000000ffff   // 64-bit code
  .quad 0x00cf93000000ffff   // data
  .quad 0x00cf9b000000ffff   // 32-bit code
  .quad 0, 0                 // task state, filled in when the interrupt table is made
gdt_pointer:
  .word . - utnt_gdt - 1
  .quad utnt_gdt

.section .bss.entry_ticks, "aw", @nobits
.align 8
.global utnt_entry_ticks
utnt_entry_ticks: .skip 8

.section .bss.tables, "aw", @nobits
.align 4096
.global utnt_directory, utnt_device_directory
table4: .skip 4096
table3: .skip 4096
utnt_directory: .skip 4096
utnt_device_directory: .skip 4096

.section .text.boot, "ax"
.code64
.global utnt_linux_entry
utnt_linux_entry:
  cli
  cld
  rdtsc
  mov %eax, utnt_entry_ticks
  mov %edx, utnt_entry_ticks + 4
  mov $utnt_stack_end, %esp
  mov $entry_linux, %ebp
  lgdt gdt_pointer
  pushq $code32
  pushq $leave_long_mode
  lretq

.code32
leave_long_mode:
  mov $data, %eax
  mov %eax, %ds
  mov %eax, %es
  mov %eax, %ss
  mov %cr0, %eax
  and $0x7fffffff, %eax
  mov %eax, %cr0
  mov $msr_efer, %ecx
  rdmsr
  and $~efer_long_mode, %eax
  wrmsr
  jmp enter_long_mode

.global utnt_pvh_entry
utnt_pvh_entry:
  cli
  cld
  rdtsc
  mov %eax, utnt_entry_ticks
  mov %edx, utnt_entry_ticks + 4
  mov $utnt_stack_end, %esp
  mov $entry_pvh, %ebp
  mov %ebx, %esi

// ESI: the boot information, EBP: which entry.
enter_long_mode:
  movl $table3 + present_write, table4
  movl $utnt_directory + present_write, table3
  movl $utnt_device_directory + present_write, table3 + 3 * 8
  mov $large_page, %eax
  mov $utnt_directory, %edi
1:
  mov %eax, (%edi)
  add $page_2m, %eax
  add $8, %edi
  cmp $utnt_directory + 4096, %edi
  jb 1b
  mov $0xc0000000 + device_page, %eax
  mov $utnt_device_directory, %edi
2:
  mov %eax, (%edi)
  add $page_2m, %eax
  add $8, %edi
  cmp $utnt_device_directory + 4096, %edi
  jb 2b
  mov $table4, %eax
  mov %eax, %cr3
  mov $0x620, %eax           // PAE, OSFXSR, OSXMMEXCPT
  mov %eax, %cr4
  mov $0x80000001, %eax
  cpuid
  mov %edx, %edi
  mov $msr_efer, %ecx
  rdmsr
  or $efer_long_mode, %eax
  test $1 << 20, %edi
  jz 3f
  or $efer_no_execute, %eax
3:
  wrmsr
  mov $0x80010033, %eax      // PG, WP, NE, ET, MP, PE
  mov %eax, %cr0
  lgdt gdt_pointer
  ljmp $code64, $4f

.code64
4:
  mov $data, %eax
  mov %eax, %ds
  mov %eax, %es
  mov %eax, %ss
  xor %eax, %eax
  mov %eax, %fs
  mov %eax, %gs
  fninit
  pushq $0x1f80
  ldmxcsr (%rsp)
  mov $utnt_stack_end, %esp
  mov %esi, %edi
  mov %ebp, %esi
  xor %ebp, %ebp
  call utnt_machine_entry
  ud2
