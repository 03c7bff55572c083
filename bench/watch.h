/* watch.h: run minilab and see what it cost: its own account (--json), the
 * clock, memory summed over all its processes, and how much of the machine
 * somebody else used meanwhile.
 */
#ifndef ML_BENCH_WATCH_H
#define ML_BENCH_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct watch {
    double wall_s; /* from before the first start until it was gone */
    double cpu_s;  /* of all its processes */
    /* Largest sum of proportional set sizes (a page shared by two processes
     * counts half in each), seen every few milliseconds; when asked for. */
    uint64_t peak_pss_bytes;
    uint64_t peak_rss_bytes; /* of the largest single process, by the kernel */
    /* What the program told: */
    double seconds; /* of the run, start-up of the program apart */
    double read_s, decode_s, filter_s, encode_s, write_s; /* sums of pictures */
    uint64_t done, bytes_in, bytes_out;
};

/* Run programs, each an argv with --json among it, all at one time; one struct
 * watch each.  *disturbed_out, unless NULL: the share of the machine's
 * processors that others used, or the host took, meanwhile.  False, having said
 * why on stderr, when one cannot be run, fails, or tells nothing sensible. */
bool watch_run(const char *const *const *argvs, size_t count, bool memory,
               struct watch *watches, double *disturbed_out);

#endif
