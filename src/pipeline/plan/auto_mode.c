/* auto_mode.c: see auto_mode.h.
 *
 * Measured on two cores of an AMD EPYC, files in the page cache.  In these
 * ranges the modes differ by the cost of starting them, not by their speed:
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
 * So `processes`, where a crash costs one picture and not the run, is selected
 * as soon as its start is negligible.
 */
#include "pipeline/plan/auto_mode.h"

#include <assert.h>

#include "base/clock.h"

/* Time of decoding and a light filter for each byte of the file, nearly the
 * same in all formats: 1.3 s for 129 MB of photos, 0.24 s for 16 MB of small
 * ones; 0.6 s for 90 MB of PNG that become JPEG, 1.4 s if they stay PNG. */
#define AUTO_BYTE_NS 11

/* Starting and waking threads takes 0.4 ms: below twice that, nothing is
 * gained. */
#define AUTO_SHORT_NS (1 * ML_NS_PER_MS)

/* Starting worker processes, and sending them the last pictures, costs 10 to 20
 * ms of each CPU: 2 to 3 % of this. */
#define AUTO_LONG_NS (600 * ML_NS_PER_MS)

/* Listing a file whose first bytes are in the page cache takes 6 us.  From this
 * time on the disk or the network was waited for, and several readers can wait
 * at one time. */
#define AUTO_SLOW_NS (500 * UINT64_C(1000))
#define AUTO_READERS_MAX 16

static uint64_t auto_work_ns(const struct ml_batch_stats *batch)
{
    return batch->bytes * AUTO_BYTE_NS *
           (batch->factor > 1 ? batch->factor : 1);
}

static bool auto_is_slow(const struct ml_batch_stats *batch)
{
    return batch->probe_ns >= AUTO_SLOW_NS;
}

static bool auto_is_single(const struct ml_batch_stats *batch)
{
    return batch->count == 1;
}

static bool auto_is_short(const struct ml_batch_stats *batch)
{
    return auto_work_ns(batch) < AUTO_SHORT_NS && !auto_is_slow(batch);
}

static bool auto_has_one_cpu(const struct ml_batch_stats *batch)
{
    return batch->jobs == 1 && !auto_is_slow(batch);
}

static bool auto_has_spare_cpus(const struct ml_batch_stats *batch)
{
    return batch->count < batch->jobs;
}

static bool auto_ends_early(const struct ml_batch_stats *batch)
{
    return auto_work_ns(batch) / batch->jobs < AUTO_LONG_NS;
}

static bool auto_always(const struct ml_batch_stats *batch)
{
    (void)batch;
    return true;
}

/* The first rule that applies decides. */
static const struct {
    bool (*applies)(const struct ml_batch_stats *batch);
    const char *mode, *reason;
} auto_rules[] = {
    {auto_is_single, "serial",
     "there is one picture; if it is large, its decoding, filtering and "
     "encoding overlap"},
    {auto_is_short, "serial",
     "the whole batch takes less time than starting threads would save"},
    {auto_has_one_cpu, "serial",
     "there is one CPU, and no file has to be waited for"},
    {auto_has_spare_cpus, "threads",
     "there are fewer pictures than CPUs, so each picture gets several"},
    {auto_ends_early, "threads",
     "the batch ends before starting worker processes would pay off"},
    {auto_always, "processes",
     "the batch is long enough to make up for starting worker processes, and "
     "a crash then costs one picture only"},
};

/* About one more reader for each half millisecond of waiting for a file, but no
 * more readers than files. */
static unsigned auto_readers(const struct ml_batch_stats *batch)
{
    if (batch->readers_asked || !auto_is_slow(batch))
        return batch->readers;
    const uint64_t wanted = batch->readers + batch->probe_ns / AUTO_SLOW_NS;
    const uint64_t most =
        batch->count > batch->readers ? batch->count : batch->readers;
    const uint64_t readers = wanted < most ? wanted : most;
    return readers < AUTO_READERS_MAX ? (unsigned)readers : AUTO_READERS_MAX;
}

struct ml_choice ml_auto_mode_select(const struct ml_batch_stats *batch)
{
    size_t rule = 0;
    assert(batch->count >= 1 && batch->jobs >= 1);
    while (!auto_rules[rule].applies(batch))
        rule++;
    const bool few = batch->count < batch->jobs;
    return (struct ml_choice){
        .mode = auto_rules[rule].mode,
        .jobs = few ? (unsigned)batch->count : batch->jobs,
        .readers = auto_readers(batch),
        .inner = few ? batch->jobs / (unsigned)batch->count : 1,
        .work_ns = auto_work_ns(batch),
        .reason = auto_rules[rule].reason,
    };
}
