# SPDX-License-Identifier: BSD-2-Clause
# utnt-tender, carried inside the agent: one file is all that has to be sent to a node.
    .section .rodata
    .global utnt_tender_begin
    .global utnt_tender_end
utnt_tender_begin:
    .incbin UTNT_TENDER_FILE
utnt_tender_end:
    .section .note.GNU-stack, "", @progbits
