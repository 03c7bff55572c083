/* auto_mode.h: select the mode and its width from the size of the batch.
 *
 * All modes write the same bytes, so the choice only affects the time.  The
 * rules are one table in auto_mode.c, with the measurements they rest on.
 */
#ifndef ML_PIPELINE_PLAN_AUTO_MODE_H
#define ML_PIPELINE_PLAN_AUTO_MODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ML_MODE_AUTO "auto" /* beside the names in ml_modes() */

/* What is known of a batch before its first picture is decoded. */
struct ml_batch_stats {
    size_t count;     /* pictures */
    uint64_t bytes;   /* of all files together */
    unsigned jobs;    /* CPUs that may be used */
    unsigned readers; /* as requested, or the default */
    bool readers_asked;
    unsigned factor;   /* repetitions of the computing (--cpu-factor); 0: one */
    uint64_t probe_ns; /* mean time of listing a file and reading its head */
};

struct ml_choice {
    const char *mode; /* of ml_modes() */
    unsigned jobs, readers;
    unsigned inner;     /* CPUs for one picture */
    uint64_t work_ns;   /* expected: decoding and a light filter */
    const char *reason; /* a sentence without its full stop */
};

/* count >= 1, jobs >= 1. */
struct ml_choice ml_auto_mode_select(const struct ml_batch_stats *batch);

#endif
