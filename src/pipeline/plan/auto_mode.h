/* auto_mode.h: which mode, how wide: decided from the batch.
 *
 * Any choice writes the same bytes, so this is about time alone.  The rules are
 * one table in auto_mode.c, each with what it was measured from.
 */
#ifndef ML_PIPELINE_PLAN_AUTO_MODE_H
#define ML_PIPELINE_PLAN_AUTO_MODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ML_MODE_AUTO "auto" /* beside the names in ml_modes() */

/* What is known before the first picture is decoded. */
struct ml_batch_stats {
    size_t count;     /* pictures */
    uint64_t bytes;   /* of their files */
    unsigned jobs;    /* processors that may be used */
    unsigned readers; /* asked for, or the default */
    bool readers_asked;
    unsigned factor;   /* computing is done so often; 0: once */
    uint64_t probe_ns; /* what listing one file and reading its head takes */
};

struct ml_choice {
    const char *mode; /* of ml_modes() */
    unsigned jobs, readers;
    unsigned inner;     /* processors for one picture */
    uint64_t work_ns;   /* expected: decoding and a light filter */
    const char *reason; /* a sentence without its full stop */
};

/* count >= 1, jobs >= 1. */
struct ml_choice ml_auto_mode_select(const struct ml_batch_stats *facts);

#endif
