/* file_format.h: the file format of a trace.
 *
 * A head of text, one item a line, ended by an empty line, then blocks.  The
 * head describes the kinds, so that a reader of any later version can read the
 * file:
 *
 *     minilab-trace 1
 *     clock CLOCK_MONOTONIC ns
 *     start 81234567890123           when the trace began
 *     kind 1 R works read            number, letter (- is none), works or
 *     kind 7 q waits queue wait      waits, name; one line a kind
 *
 * Numbers in blocks are little-endian.  A block is four u32 (type, subject,
 * bytes that follow, 0) and its bytes:
 *
 *     1 track   subject: a new track     text "PID TID NAME"
 *     2 cause   subject: a new cause     text: its name
 *     3 spans   subject: a known track   24 bytes each: u64 start ns, u64 end
 *                                        ns, u32 job, u16 cause, u8 kind,
 *                                        u8 depth (spans around it)
 *     4 losses  subject: a known track   u64 dropped because it was full, u64
 *                                        refused as impossible; so far
 *     5 end     0                        u64 ns: when the trace was closed
 *     6 input   subject: a job, from 0   the path of its file: any bytes
 *
 * Blocks are written as the run goes: a file without an end block belongs to a
 * run that was cut off, and is valid up to its last whole block.  Readers skip
 * blocks of unknown types.  Spans of a track come in the order of their ends.
 * Job 4294967295 means no job.  The kind named "queue depth" is a level, not a
 * span: the queue, or the slots in use, that its cause names held `job` items
 * from `start` on; for the kind "memory" `job` counts KiB.  Tracks of one name
 * are successive processes of one worker.
 */
#ifndef ML_TRACE_FILE_FORMAT_H
#define ML_TRACE_FILE_FORMAT_H

#include "trace/trace.h"

#define ML_TRACE_HEAD "minilab-trace 1\n"

enum ml_trace_block {
    ML_TRACE_BLOCK_TRACK = 1,
    ML_TRACE_BLOCK_CAUSE,
    ML_TRACE_BLOCK_SPANS,
    ML_TRACE_BLOCK_LOSSES,
    ML_TRACE_BLOCK_END,
    ML_TRACE_BLOCK_INPUT
};

#define ML_TRACE_BLOCK_BYTES 16U
#define ML_TRACE_SPAN_BYTES 24U

#endif
