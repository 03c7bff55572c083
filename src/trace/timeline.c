/* timeline.c: see timeline.h. */
#include "trace/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Time of each letter in each column of the wall time. */
struct timeline_strip {
    unsigned width;
    uint64_t start_ns, wall_ns;
    uint64_t (*ns)[256]; /* [width] */
};

struct timeline_walk {
    const struct ml_trace_log *log;
    struct ml_timeline *timeline;
    struct ml_timeline_row *row;
    struct timeline_strip *strip;
};

static bool timeline_kind_is(const struct ml_trace_log *log, unsigned kind,
                             enum ml_trace_kind known)
{
    return strcmp(log->kinds[kind].name, ml_trace_kind_row(known)->name) == 0;
}

/* ---- strips ---- */

/* The start of column `column`; exact for runs of hours too. */
static uint64_t timeline_edge(const struct timeline_strip *strip,
                              unsigned column)
{
    const uint64_t whole = strip->wall_ns / strip->width;
    const uint64_t rest = strip->wall_ns % strip->width;
    return strip->start_ns + whole * column + rest * column / strip->width;
}

static unsigned timeline_column(const struct timeline_strip *strip,
                                uint64_t at_ns)
{
    unsigned low = 0, high = strip->width; /* the answer is in [low, high) */
    while (low + 1 < high) {
        const unsigned middle = low + (high - low) / 2;
        if (timeline_edge(strip, middle) <= at_ns)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void timeline_draw(struct timeline_strip *strip, char letter,
                          uint64_t start_ns, uint64_t end_ns)
{
    for (unsigned c = timeline_column(strip, start_ns);
         c < strip->width && timeline_edge(strip, c) < end_ns; c++) {
        const uint64_t from = timeline_edge(strip, c);
        const uint64_t to = timeline_edge(strip, c + 1);
        strip->ns[c][(unsigned char)letter] +=
            (end_ns < to ? end_ns : to) - (start_ns > from ? start_ns : from);
    }
}

/* A crash takes no time, but must be visible. */
static void timeline_mark(struct timeline_strip *strip, char letter,
                          uint64_t at_ns)
{
    strip->ns[timeline_column(strip, at_ns)][(unsigned char)letter] =
        UINT64_MAX / 2;
}

static void timeline_letters(const struct timeline_strip *strip, char *letters)
{
    for (unsigned c = 0; c < strip->width; c++) {
        uint64_t blank = timeline_edge(strip, c + 1) - timeline_edge(strip, c);
        uint64_t most = 0;
        letters[c] = '.';
        for (unsigned l = 0; l < 256; l++) {
            const uint64_t ns = strip->ns[c][l];
            blank -= ns < blank ? ns : blank;
            if (ns > most) {
                most = ns;
                letters[c] = (char)l;
            }
        }
        if (blank > most)
            letters[c] = '.';
    }
    letters[strip->width] = '\0';
}

/* ---- one track ---- */

/* In [start_ns, end_ns) of the row's time `span` was the innermost. */
static void timeline_add_time(struct timeline_walk *walk,
                              const struct ml_trace_span *span,
                              uint64_t start_ns, uint64_t end_ns)
{
    const struct ml_trace_log_kind *kind = &walk->log->kinds[span->kind];
    struct ml_timeline_row *row = walk->row;
    const uint64_t ns = end_ns - start_ns;
    if (ns == 0)
        return;
    row->kind_ns[span->kind] += ns;
    row->blank_ns -= ns < row->blank_ns ? ns : row->blank_ns;
    if (!kind->waits)
        row->work_ns += ns;
    else if (!timeline_kind_is(walk->log, span->kind, ML_TRACE_IDLE))
        row->wait_ns += ns;
    if (kind->waits)
        row->cause_ns[span->cause] += ns;
    timeline_draw(walk->strip, kind->letter ? kind->letter : '?', start_ns,
                  end_ns);
}

static void timeline_add_marks(struct timeline_walk *walk,
                               const struct ml_trace_span *span)
{
    struct ml_timeline *timeline = walk->timeline;
    const uint64_t ns = span->end_ns - span->start_ns;
    if (timeline_kind_is(walk->log, span->kind, ML_TRACE_FAIL)) {
        timeline_mark(walk->strip, walk->log->kinds[span->kind].letter,
                      span->start_ns);
        timeline->failures++;
    }
    if (timeline_kind_is(walk->log, span->kind, ML_TRACE_PICTURE) &&
        ns > timeline->longest_ns) {
        timeline->longest_ns = ns;
        timeline->longest_job = span->job;
    }
}

static void timeline_track(struct timeline_walk *walk,
                           const struct ml_trace_log_track *track)
{
    const struct ml_trace_span *stack[ML_TRACE_LOG_NEST];
    uint64_t at_ns = walk->log->start_ns;
    size_t depth = 0;
    for (size_t i = 0; i < track->spans.count; i++) {
        const struct ml_trace_span *span = &track->spans.items[i];
        while (depth > span->depth) {
            const struct ml_trace_span *top = stack[--depth];
            timeline_add_time(walk, top, at_ns, top->end_ns);
            at_ns = top->end_ns;
        }
        if (depth > 0)
            timeline_add_time(walk, stack[depth - 1], at_ns, span->start_ns);
        at_ns = span->start_ns;
        stack[depth++] = span;
        timeline_add_marks(walk, span);
    }
    while (depth > 0) {
        const struct ml_trace_span *top = stack[--depth];
        timeline_add_time(walk, top, at_ns, top->end_ns);
        at_ns = top->end_ns;
    }
}

/* ---- rows ---- */

bool ml_timeline_has_only_levels(const struct ml_trace_log_track *track)
{
    return track->spans.count == 0 && track->levels.count > 0;
}

const struct ml_trace_span *
ml_timeline_at(const struct ml_trace_log_track *track, uint64_t at_ns)
{
    const struct ml_trace_span *at = NULL;
    for (size_t i = 0; i < track->spans.count; i++) {
        const struct ml_trace_span *span = &track->spans.items[i];
        if (span->start_ns > at_ns)
            break;
        if (at_ns < span->end_ns)
            at = span; /* outer ones come before inner ones */
    }
    return at;
}

/* All tracks with the name of track `first`, unless an earlier one has it. */
static void timeline_row(struct timeline_walk *walk, size_t first)
{
    const struct ml_trace_log *log = walk->log;
    struct ml_timeline *timeline = walk->timeline;
    struct ml_timeline_row *row = &timeline->rows[timeline->row_count];
    const char *name = log->tracks[first].name;
    for (size_t i = 0; i < timeline->row_count; i++) {
        if (strcmp(timeline->rows[i].name, name) == 0)
            return;
    }
    timeline->row_count++;
    walk->row = row;
    row->name = name;
    row->pid = log->tracks[first].pid;
    row->blank_ns = timeline->wall_ns;
    memset(walk->strip->ns, 0, walk->strip->width * sizeof *walk->strip->ns);
    for (size_t i = first; i < log->track_count; i++) {
        const struct ml_trace_log_track *track = &log->tracks[i];
        if (strcmp(track->name, name) != 0)
            continue;
        row->lives++;
        row->spans += track->spans.count;
        row->lost += track->lost;
        row->refused += track->refused;
        timeline_track(walk, track);
    }
    timeline_letters(walk->strip, row->strip);
}

static void timeline_sum(struct ml_timeline *timeline)
{
    for (size_t i = 0; i < timeline->row_count; i++) {
        const struct ml_timeline_row *row = &timeline->rows[i];
        timeline->spans += row->spans;
        timeline->lost += row->lost;
        timeline->refused += row->refused;
        if (row->work_ns > (timeline->busiest ? timeline->busiest->work_ns : 0))
            timeline->busiest = row;
        if (row->wait_ns >
            (timeline->most_waiting ? timeline->most_waiting->wait_ns : 0))
            timeline->most_waiting = row;
    }
}

enum ml_status ml_timeline_open(struct ml_timeline *timeline,
                                const struct ml_trace_log *log, unsigned width,
                                struct ml_error *err)
{
    assert(width > 0 && width <= ML_TIMELINE_WIDTH_MAX);
    const uint64_t wall_ns = log->end_ns - log->start_ns;
    *timeline = (struct ml_timeline){.wall_ns = wall_ns ? wall_ns : 1,
                                     .longest_job = ML_TRACE_NO_JOB};
    struct timeline_strip strip = {
        .width = width,
        .start_ns = log->start_ns,
        .wall_ns = timeline->wall_ns,
        .ns = calloc(width, sizeof *strip.ns),
    };
    struct timeline_walk walk = {
        .log = log, .timeline = timeline, .strip = &strip};
    timeline->rows = calloc(log->track_count + 1, sizeof *timeline->rows);
    if (!timeline->rows || !strip.ns) {
        free(strip.ns);
        free(timeline->rows);
        return ml_fail_os(err, ENOMEM, "cannot allocate the timeline", NULL);
    }
    for (size_t i = 0; i < log->track_count; i++) {
        if (!ml_timeline_has_only_levels(&log->tracks[i]))
            timeline_row(&walk, i);
    }
    free(strip.ns);
    timeline_sum(timeline);
    return ML_OK;
}

void ml_timeline_close(struct ml_timeline *timeline)
{
    free(timeline->rows);
    *timeline = (struct ml_timeline){0};
}

unsigned ml_timeline_cause(const struct ml_timeline_row *row,
                           const struct ml_trace_log *log)
{
    unsigned most = 0;
    for (unsigned i = 1; i < ML_TRACE_CAUSES; i++) {
        if (log->causes[i][0] &&
            row->cause_ns[i] > (most ? row->cause_ns[most] : 0))
            most = i;
    }
    return most;
}
