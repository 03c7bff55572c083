/* collector.c: draining tracks into a file and into totals: see trace.h and
 * file_format.h.
 *
 * One mutex guards the table of tracks and the file, so any thread may drain,
 * attach and detach; recording into a track takes no lock.  A span is copied
 * once, then checked, then written.
 */
#include "trace/trace.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/byte_order.h"
#include "os/mutex.h"
#include "trace/file_format.h"
#include "trace/totals.h"

#define COLLECT_BLOCK_SPANS 512U

struct collect_track {
    struct ml_trace_track *track; /* NULL: this entry is free */
    bool owned;
    uint32_t id;
    uint32_t taken; /* spans drained, and the last `lost`; both wrap */
    uint32_t lost_seen;
    uint64_t lost, refused;
    bool losses_new; /* not yet written */
};

struct ml_trace {
    FILE *file; /* NULL: totals only */
    uint64_t start_ns;
    /* Guards all fields below, and the file; innermost. */
    struct ml_mutex lock;
    struct collect_track tracks[ML_TRACE_TRACKS];
    /* Of each track; apart, because entries are searched often and these are
     * large. */
    struct ml_trace_totals_track track_totals[ML_TRACE_TRACKS];
    uint32_t next_id;
    int write_error;                             /* errno of the first */
    char causes[ML_TRACE_CAUSES][ML_TRACE_NAME]; /* "": not named */
    struct ml_trace_counts counts;               /* of all tracks ever */
    struct ml_trace_totals totals;               /* of all tracks ever */
    uint8_t spans[COLLECT_BLOCK_SPANS * ML_TRACE_SPAN_BYTES];
};

static struct ml_trace_totals_track *
collect_totals(struct ml_trace *trace, const struct collect_track *entry)
{
    return &trace->track_totals[entry - trace->tracks];
}

/* ---- the file; closing reports the first error ---- */

static void collect_write(struct ml_trace *trace, const void *bytes,
                          size_t size)
{
    if (trace->file && fwrite(bytes, 1, size, trace->file) != size &&
        trace->write_error == 0)
        trace->write_error = errno;
}

static void collect_block(struct ml_trace *trace, enum ml_trace_block type,
                          uint32_t subject, const void *bytes, size_t size)
{
    uint8_t head[ML_TRACE_BLOCK_BYTES] = {0};
    ml_store_le32(head, type);
    ml_store_le32(head + 4, subject);
    ml_store_le32(head + 8, (uint32_t)size);
    collect_write(trace, head, sizeof head);
    collect_write(trace, bytes, size);
}

static void collect_head(const struct ml_trace *trace)
{
    (void)fprintf(trace->file,
                  ML_TRACE_HEAD "clock CLOCK_MONOTONIC ns\nstart %llu\n",
                  (unsigned long long)trace->start_ns);
    for (unsigned i = 0; i < ML_TRACE_KINDS; i++) {
        const struct ml_trace_kind_row *row = ml_trace_kind_row(i);
        (void)fprintf(trace->file, "kind %u %c %s %s\n", i,
                      row->letter ? row->letter : '-',
                      row->waits ? "waits" : "works", row->name);
    }
    (void)fputc('\n', trace->file);
}

static void collect_losses(struct ml_trace *trace, struct collect_track *entry)
{
    uint8_t bytes[16];
    if (!entry->losses_new)
        return;
    ml_store_le64(bytes, entry->lost);
    ml_store_le64(bytes + 8, entry->refused);
    collect_block(trace, ML_TRACE_BLOCK_LOSSES, entry->id, bytes, sizeof bytes);
    entry->losses_new = false;
}

/* ---- draining a track ---- */

static void collect_count(struct ml_trace *trace, struct collect_track *entry,
                          uint64_t lost, uint64_t refused)
{
    if (lost + refused == 0)
        return;
    entry->lost += lost;
    entry->refused += refused;
    trace->counts.lost += lost;
    trace->counts.refused += refused;
    entry->losses_new = true;
}

static bool collect_is_sound(const struct ml_trace *trace,
                             const struct ml_trace_span *span, uint64_t now_ns)
{
    return span->kind < ML_TRACE_KINDS && span->cause < ML_TRACE_CAUSES &&
           (span->cause == 0 || trace->causes[span->cause][0]) &&
           span->start_ns >= trace->start_ns &&
           span->start_ns <= span->end_ns && span->end_ns <= now_ns;
}

static void collect_encode(uint8_t *bytes, const struct ml_trace_span *span)
{
    ml_store_le64(bytes, span->start_ns);
    ml_store_le64(bytes + 8, span->end_ns);
    ml_store_le32(bytes + 16, span->job);
    bytes[20] = (uint8_t)span->cause;
    bytes[21] = (uint8_t)(span->cause >> 8);
    bytes[22] = span->kind;
    bytes[23] = span->depth;
}

/* Append the span to the block of *used bytes, unless it is impossible. */
static void collect_span(struct ml_trace *trace, struct collect_track *entry,
                         const struct ml_trace_span *span, uint64_t now_ns,
                         size_t *used)
{
    if (!collect_is_sound(trace, span, now_ns)) {
        collect_count(trace, entry, 0, 1);
        return;
    }
    collect_encode(trace->spans + *used, span);
    trace->counts.spans++;
    ml_trace_totals_add(&trace->totals, collect_totals(trace, entry), span);
    *used += ML_TRACE_SPAN_BYTES;
    if (*used < sizeof trace->spans)
        return;
    collect_block(trace, ML_TRACE_BLOCK_SPANS, entry->id, trace->spans, *used);
    *used = 0;
}

/* Spans that were open when the process crashed end then; a mark shows the
 * crash. */
static void collect_take_open(struct ml_trace *trace,
                              struct collect_track *entry, uint64_t died_ns,
                              size_t *used)
{
    struct ml_trace_track *track = entry->track;
    uint32_t depth = atomic_load_explicit(&track->depth, memory_order_acquire);
    const struct ml_trace_span mark = {.start_ns = died_ns,
                                       .end_ns = died_ns,
                                       .job = depth ? track->open[0].job
                                                    : ML_TRACE_NO_JOB,
                                       .kind = ML_TRACE_FAIL};
    if (depth > ML_TRACE_NEST)
        depth = ML_TRACE_NEST;
    collect_span(trace, entry, &mark, died_ns, used);
    while (depth-- > 0) {
        struct ml_trace_span span = track->open[depth];
        atomic_signal_fence(memory_order_seq_cst); /* as below */
        span.end_ns = died_ns;
        collect_span(trace, entry, &span, died_ns, used);
    }
}

static void collect_take(struct ml_trace *trace, struct collect_track *entry,
                         uint64_t died_ns)
{
    struct ml_trace_track *track = entry->track;
    size_t used = 0;
    /* Acquire: the spans were written before; pairs with ml_trace_put(). */
    const uint32_t written =
        atomic_load_explicit(&track->written, memory_order_acquire);
    const uint32_t lost =
        atomic_load_explicit(&track->lost, memory_order_relaxed);
    const uint64_t now_ns = ml_now_ns();
    collect_count(trace, entry, lost - entry->lost_seen, 0);
    entry->lost_seen = lost;
    if (written - entry->taken > ML_TRACE_SPANS) {
        collect_count(trace, entry, 0, 1); /* a hostile process */
        entry->taken = written;
    }
    for (; entry->taken != written; entry->taken++) {
        const struct ml_trace_span span =
            track->spans[entry->taken % ML_TRACE_SPANS];
        /* The process that shares the memory may still write there.  Without
         * the fence the compiler could read a field again after it was
         * checked. */
        atomic_signal_fence(memory_order_seq_cst);
        collect_span(trace, entry, &span, now_ns, &used);
    }
    if (died_ns)
        collect_take_open(trace, entry, died_ns, &used);
    if (used > 0)
        collect_block(trace, ML_TRACE_BLOCK_SPANS, entry->id, trace->spans,
                      used);
    collect_losses(trace, entry);
    /* Release: the copies are done; pairs with the acquire in
     * ml_trace_put(). */
    atomic_store_explicit(&track->read, written, memory_order_release);
}

void ml_trace_drain(struct ml_trace *trace)
{
    ml_mutex_lock(&trace->lock);
    for (size_t i = 0; i < ML_TRACE_TRACKS; i++) {
        if (trace->tracks[i].track)
            collect_take(trace, &trace->tracks[i], 0);
    }
    /* If the program is killed, all spans up to this drain are in the file. */
    if (trace->file && fflush(trace->file) != 0 && trace->write_error == 0)
        trace->write_error = errno;
    ml_mutex_unlock(&trace->lock);
}

struct ml_trace_counts ml_trace_counts(struct ml_trace *trace)
{
    ml_mutex_lock(&trace->lock);
    const struct ml_trace_counts counts = trace->counts;
    ml_mutex_unlock(&trace->lock);
    return counts;
}

void ml_trace_totals_of(struct ml_trace *trace,
                        struct ml_trace_totals *totals_out)
{
    ml_mutex_lock(&trace->lock);
    const uint64_t now_ns = ml_now_ns();
    *totals_out = trace->totals;
    for (size_t i = 0; i < ML_TRACE_TRACKS; i++) {
        if (trace->tracks[i].track)
            ml_trace_totals_end(totals_out, &trace->track_totals[i], now_ns);
    }
    ml_mutex_unlock(&trace->lock);
}

const char *ml_trace_cause_name(const struct ml_trace *trace, uint16_t cause)
{
    return cause < ML_TRACE_CAUSES ? trace->causes[cause] : "";
}

/* ---- tracks ---- */

static struct collect_track *collect_entry(struct ml_trace *trace,
                                           const struct ml_trace_track *track)
{
    for (size_t i = 0; i < ML_TRACE_TRACKS; i++) {
        if (trace->tracks[i].track == track)
            return &trace->tracks[i];
    }
    return NULL;
}

static bool collect_attach(struct ml_trace *trace, struct ml_trace_track *track,
                           bool owned, const char *name, int pid, int tid)
{
    char text[ML_TRACE_NAME + 32];
    ml_mutex_lock(&trace->lock);
    struct collect_track *entry = collect_entry(trace, NULL);
    if (entry) {
        *entry = (struct collect_track){
            .track = track, .owned = owned, .id = trace->next_id++};
        ml_trace_totals_begin(&trace->totals, collect_totals(trace, entry),
                              name, ml_now_ns());
        const int length = snprintf(text, sizeof text, "%d %d %.*s", pid, tid,
                                    ML_TRACE_NAME - 1, name);
        collect_block(trace, ML_TRACE_BLOCK_TRACK, entry->id, text,
                      (size_t)length);
    } else {
        trace->counts.lost++; /* at least one: all spans of the track */
    }
    ml_mutex_unlock(&trace->lock);
    return entry != NULL;
}

struct ml_trace_track *ml_trace_track(struct ml_trace *trace, const char *name,
                                      int pid, int tid)
{
    if (!trace)
        return NULL;
    /* Large enough that the system supplies its pages only when they are
     * written. */
    struct ml_trace_track *track = calloc(1, sizeof *track);
    if (!track) {
        ml_mutex_lock(&trace->lock);
        trace->counts.lost++; /* as above */
        ml_mutex_unlock(&trace->lock);
        return NULL;
    }
    if (collect_attach(trace, track, true, name, pid, tid))
        return track;
    free(track);
    return NULL;
}

bool ml_trace_attach(struct ml_trace *trace, struct ml_trace_track *track,
                     const char *name, int pid, int tid)
{
    return collect_attach(trace, track, false, name, pid, tid);
}

static void collect_detach(struct ml_trace *trace, struct collect_track *entry,
                           uint64_t died_ns)
{
    collect_take(trace, entry, died_ns);
    ml_trace_totals_end(&trace->totals, collect_totals(trace, entry),
                        ml_now_ns());
    if (entry->owned)
        free(entry->track);
    entry->track = NULL;
}

void ml_trace_detach(struct ml_trace *trace, struct ml_trace_track *track,
                     uint64_t died_ns)
{
    ml_mutex_lock(&trace->lock);
    struct collect_track *entry = collect_entry(trace, track);
    if (entry)
        collect_detach(trace, entry, died_ns);
    ml_mutex_unlock(&trace->lock);
}

void ml_trace_name_cause(struct ml_trace *trace, uint16_t cause,
                         const char *name)
{
    const size_t length = strnlen(name, ML_TRACE_NAME - 1);
    assert(cause > 0 && cause < ML_TRACE_CAUSES);
    ml_mutex_lock(&trace->lock);
    assert(!trace->causes[cause][0] && length > 0);
    memcpy(trace->causes[cause], name, length);
    collect_block(trace, ML_TRACE_BLOCK_CAUSE, cause, name, length);
    ml_mutex_unlock(&trace->lock);
}

void ml_trace_name_job(struct ml_trace *trace, uint32_t job, const char *path)
{
    ml_mutex_lock(&trace->lock);
    collect_block(trace, ML_TRACE_BLOCK_INPUT, job, path, strlen(path));
    ml_mutex_unlock(&trace->lock);
}

/* ---- beginning and end ---- */

/* Replace an older trace only: a mistyped name must not overwrite a picture. */
static bool collect_may_replace(const char *path)
{
    char head[sizeof ML_TRACE_HEAD];
    struct stat file_stat;
    if (stat(path, &file_stat) != 0 || !S_ISREG(file_stat.st_mode))
        return true;
    FILE *file = fopen(path, "re");
    if (!file)
        return true;
    const char *got = fgets(head, sizeof head, file);
    const bool may = !got || strcmp(head, ML_TRACE_HEAD) == 0;
    (void)fclose(file);
    return may;
}

static enum ml_status collect_open_file(struct ml_trace *trace,
                                        const char *path, struct ml_error *err)
{
    if (!collect_may_replace(path))
        return ml_fail(err, ML_ERR_EXISTS, "the file exists and is not a trace",
                       "name another file for the trace, or remove it", "%s",
                       path);
    trace->file = fopen(path, "we");
    if (!trace->file)
        return ml_fail_os(err, errno, "cannot write the trace",
                          "name a file that can be written");
    collect_head(trace);
    return ML_OK;
}

enum ml_status ml_trace_open(struct ml_trace **trace_out, const char *path,
                             struct ml_error *err)
{
    struct ml_trace *trace = calloc(1, sizeof *trace);
    *trace_out = NULL;
    if (!trace)
        return ml_fail_os(err, ENOMEM, "cannot allocate the trace", NULL);
    trace->start_ns = ml_now_ns();
    if (path && collect_open_file(trace, path, err) != ML_OK) {
        free(trace);
        return err->status;
    }
    ml_mutex_open(&trace->lock);
    *trace_out = trace;
    return ML_OK;
}

enum ml_status ml_trace_close(struct ml_trace *trace, struct ml_error *err)
{
    uint8_t end[8];
    if (!trace)
        return ML_OK;
    for (size_t i = 0; i < ML_TRACE_TRACKS; i++) {
        if (trace->tracks[i].track)
            collect_detach(trace, &trace->tracks[i], 0);
    }
    ml_store_le64(end, ml_now_ns());
    collect_block(trace, ML_TRACE_BLOCK_END, 0, end, sizeof end);
    if (trace->file && fclose(trace->file) != 0 && trace->write_error == 0)
        trace->write_error = errno;
    const int error = trace->write_error;
    ml_mutex_close(&trace->lock);
    free(trace);
    return error ? ml_fail_os(err, error, "cannot write the trace", NULL)
                 : ML_OK;
}
