/* auto_mode.c: see auto_mode.h.
 *
 * Measured on two cores of an AMD EPYC, pictures warm in memory.  In these
 * ranges the ways differ by what starting them costs, not by what they do:
 *
 *   one picture of 17 kB, whole program    serial 2.9, threads 3.3,
 *                                          processes 4.8 ms
 *   1,000 such pictures to 64 px, CPU      serial 240, threads 236,
 *                                          processes 268 ms
 *   32 PNG of 2.4 MP to JPEG               threads 308, processes 328 ms
 *   64 photos of 6 to 10 MP to 512 px      threads 653, processes 664 ms
 *   one JPEG of 300 MP, blurred            serial 1.55, with inner threads
 *                                          0.95 s
 *
 * So processes, which lose one picture where the others lose the run, are taken
 * as soon as their start does not count.
 */
#include "pipeline/plan/auto_mode.h"

#include <assert.h>

#include "base/clock.h"

/* Decoding and a light filter take about so long a byte of file, whatever its
 * format: 1.3 s for 129 MB of photos, 0.24 s for 16 MB of small ones; 0.6 s for
 * 90 MB of PNG that become JPEG, 1.4 s for those that stay PNG. */
#define AUTO_BYTE_NS 11

/* Starting threads and waking them takes 0.4 ms: no gain below twice that. */
#define AUTO_SHORT_NS (1 * ML_NS_PER_MS)

/* Starting workers and giving them the last pictures takes 10 to 20 ms of each
 * processor: 2 to 3 % of this. */
#define AUTO_LONG_NS (600 * ML_NS_PER_MS)

/* Listing a file whose head is in memory takes 6 us.  When it takes so long,
 * somebody was waited for, and several readers wait at one time. */
#define AUTO_SLOW_NS (500 * UINT64_C(1000))
#define AUTO_READERS_MAX 16

static uint64_t auto_work_ns(const struct ml_batch_stats *facts)
{
    return facts->bytes * AUTO_BYTE_NS *
           (facts->factor > 1 ? facts->factor : 1);
}

static bool auto_is_slow(const struct ml_batch_stats *facts)
{
    return facts->probe_ns >= AUTO_SLOW_NS;
}

static bool auto_lone(const struct ml_batch_stats *facts)
{
    return facts->count == 1;
}

static bool auto_short(const struct ml_batch_stats *facts)
{
    return auto_work_ns(facts) < AUTO_SHORT_NS && !auto_is_slow(facts);
}

static bool auto_narrow(const struct ml_batch_stats *facts)
{
    return facts->jobs == 1 && !auto_is_slow(facts);
}

static bool auto_few(const struct ml_batch_stats *facts)
{
    return facts->count < facts->jobs;
}

static bool auto_brief(const struct ml_batch_stats *facts)
{
    return auto_work_ns(facts) / facts->jobs < AUTO_LONG_NS;
}

static bool auto_any(const struct ml_batch_stats *facts)
{
    (void)facts;
    return true;
}

/* The first that applies. */
static const struct {
    bool (*applies)(const struct ml_batch_stats *facts);
    const char *mode, *reason;
} auto_rules[] = {
    {auto_lone, "serial",
     "there is one picture: nothing to do beside it, but decoding, filtering "
     "and encoding of a large one overlap"},
    {auto_short, "serial",
     "all of it takes less than starting threads would gain"},
    {auto_narrow, "serial",
     "there is one processor, and files come without waiting"},
    {auto_few, "threads",
     "there are fewer pictures than processors: each gets several"},
    {auto_brief, "threads",
     "the batch is over before starting worker processes has paid"},
    {auto_any, "processes",
     "the batch is long enough that starting worker processes costs nothing, "
     "and a crash then costs one picture"},
};

/* About one more reader for each half millisecond that a file is waited for, as
 * long as there are files for them. */
static unsigned auto_readers(const struct ml_batch_stats *facts)
{
    if (facts->readers_asked || !auto_is_slow(facts))
        return facts->readers;
    const uint64_t wanted = facts->readers + facts->probe_ns / AUTO_SLOW_NS;
    const uint64_t most =
        facts->count > facts->readers ? facts->count : facts->readers;
    const uint64_t readers = wanted < most ? wanted : most;
    return readers < AUTO_READERS_MAX ? (unsigned)readers : AUTO_READERS_MAX;
}

struct ml_choice ml_auto_mode_select(const struct ml_batch_stats *facts)
{
    size_t rule = 0;
    assert(facts->count >= 1 && facts->jobs >= 1);
    while (!auto_rules[rule].applies(facts))
        rule++;
    const bool few = facts->count < facts->jobs;
    return (struct ml_choice){
        .mode = auto_rules[rule].mode,
        .jobs = few ? (unsigned)facts->count : facts->jobs,
        .readers = auto_readers(facts),
        .inner = few ? facts->jobs / (unsigned)facts->count : 1,
        .work_ns = auto_work_ns(facts),
        .reason = auto_rules[rule].reason,
    };
}
