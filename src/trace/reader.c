/* reader.c: reading a trace file: see reader.h. */
#include "trace/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/byte_order.h"
#include "trace/file_format.h"

#define LOG_TEXT_MAX 256U /* bytes of a line, or of a text in a block */
#define LOG_READ_SPANS 512U
#define LOG_PATH_MAX 65536U
#define LOG_TRACKS_MAX 10000U /* each process of a replaced worker counts */

/* Reading stops without an error at the end of the file, even within a block:
 * the run was cut off there. */
struct log_reader {
    struct ml_trace_log *log;
    FILE *file;
    struct ml_error *err;
    bool levels[ML_TRACE_LOG_KINDS]; /* kinds that are levels, not spans */
    bool has_start;
};

static enum ml_status log_bad(struct log_reader *reader, const char *why)
{
    return ml_fail(reader->err, ML_ERR_USAGE, "not a trace that can be read",
                   "make one by minilab run --trace FILE", "%s", why);
}

static enum ml_status log_no_memory(struct log_reader *reader)
{
    return ml_fail_os(reader->err, ENOMEM, "cannot allocate the trace", NULL);
}

/* Names are shown on terminals and in JSON: replace all but printable ASCII. */
static void log_copy_name(char *name, const char *text, size_t length)
{
    if (length > ML_TRACE_NAME - 1)
        length = ML_TRACE_NAME - 1;
    for (size_t i = 0; i < length; i++)
        name[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    name[length] = '\0';
}

/* ---- the head ---- */

static bool log_take_kind(struct log_reader *reader, const char *line)
{
    unsigned number;
    char letter;
    char does[8];
    int at = 0;
    if (sscanf(line, "kind %u %c %7s %n", &number, &letter, does, &at) != 3 ||
        at == 0 || number >= ML_TRACE_LOG_KINDS)
        return false;
    struct ml_trace_log_kind *kind = &reader->log->kinds[number];
    log_copy_name(kind->name, line + at, strlen(line + at));
    kind->letter = letter > ' ' && letter <= '~' && letter != '-' ? letter : 0;
    kind->waits = strcmp(does, "waits") == 0;
    reader->levels[number] =
        strcmp(kind->name, ml_trace_kind_row(ML_TRACE_DEPTH)->name) == 0 ||
        strcmp(kind->name, ml_trace_kind_row(ML_TRACE_MEMORY)->name) == 0;
    return kind->name[0] != '\0';
}

/* Skip lines that a later version may have added. */
static enum ml_status log_read_head(struct log_reader *reader)
{
    char line[LOG_TEXT_MAX];
    unsigned long long start;
    if (!fgets(line, sizeof line, reader->file) ||
        strcmp(line, ML_TRACE_HEAD) != 0)
        return log_bad(reader, "it does not begin with 'minilab-trace 1'");
    while (fgets(line, sizeof line, reader->file)) {
        const size_t length = strlen(line);
        if (length == 0 || line[length - 1] != '\n')
            return log_bad(reader, "a line of its head is truncated");
        line[length - 1] = '\0';
        if (line[0] == '\0')
            return reader->has_start ? ML_OK
                                     : log_bad(reader, "its start is missing");
        if (sscanf(line, "start %llu", &start) == 1) {
            reader->log->start_ns = reader->log->end_ns = start;
            reader->has_start = true;
        }
        if (strncmp(line, "kind ", 5) == 0 && !log_take_kind(reader, line))
            return log_bad(reader, "a kind in its head is invalid");
    }
    return log_bad(reader, "its head is truncated");
}

/* ---- blocks ---- */

static enum ml_status log_add_track(struct log_reader *reader, uint32_t subject,
                                    const char *text, size_t length)
{
    struct ml_trace_log *log = reader->log;
    int at = 0;
    if (subject >= LOG_TRACKS_MAX)
        return log_bad(reader, "it has too many tracks");
    if (subject != log->track_count)
        return log_bad(reader, "its tracks are out of order");
    if (log->track_count == log->track_capacity) {
        const size_t capacity = log->track_capacity ? 2 * subject : 64;
        void *tracks = realloc(log->tracks, capacity * sizeof *log->tracks);
        if (!tracks)
            return log_no_memory(reader);
        log->tracks = tracks;
        log->track_capacity = capacity;
    }
    struct ml_trace_log_track *track = &log->tracks[log->track_count];
    memset(track, 0, sizeof *track);
    if (sscanf(text, "%d %d %n", &track->pid, &track->tid, &at) != 2 || at == 0)
        return log_bad(reader, "one of its tracks has no name");
    log_copy_name(track->name, text + at, length - (size_t)at);
    log->track_count++;
    return ML_OK;
}

static enum ml_status log_take_text(struct log_reader *reader, uint32_t type,
                                    uint32_t subject, size_t bytes)
{
    char text[LOG_TEXT_MAX + 1];
    if (bytes > LOG_TEXT_MAX)
        return log_bad(reader, "a name in it is too long");
    if (fread(text, 1, bytes, reader->file) != bytes)
        return ML_OK;
    text[bytes] = '\0';
    if (type == ML_TRACE_BLOCK_TRACK)
        return log_add_track(reader, subject, text, strlen(text));
    if (subject == 0 || subject >= ML_TRACE_CAUSES)
        return log_bad(reader, "the number of a cause is out of range");
    log_copy_name(reader->log->causes[subject], text, bytes);
    return ML_OK;
}

static bool log_append(struct ml_trace_log_spans *spans,
                       const struct ml_trace_span *span)
{
    if (spans->count == spans->capacity) {
        const size_t capacity = spans->capacity ? 2 * spans->capacity : 256;
        void *items = realloc(spans->items, capacity * sizeof *spans->items);
        if (!items)
            return false;
        spans->items = items;
        spans->capacity = capacity;
    }
    spans->items[spans->count++] = *span;
    return true;
}

static void log_decode(struct ml_trace_span *span, const uint8_t *bytes)
{
    span->start_ns = ml_load_le64(bytes);
    span->end_ns = ml_load_le64(bytes + 8);
    span->job = ml_load_le32(bytes + 16);
    span->cause = ml_load_le16(bytes + 20);
    span->kind = bytes[22];
    span->depth = bytes[23];
}

static enum ml_status log_add_span(struct log_reader *reader,
                                   struct ml_trace_log_track *track,
                                   const uint8_t *bytes)
{
    struct ml_trace_log *log = reader->log;
    struct ml_trace_span span;
    log_decode(&span, bytes);
    if (span.kind >= ML_TRACE_LOG_KINDS || !log->kinds[span.kind].name[0] ||
        span.start_ns < log->start_ns || span.end_ns < span.start_ns ||
        span.cause >= ML_TRACE_CAUSES) {
        log->left_out++;
        return ML_OK;
    }
    if (span.end_ns > log->end_ns)
        log->end_ns = span.end_ns;
    const bool level = reader->levels[span.kind];
    return log_append(level ? &track->levels : &track->spans, &span)
               ? ML_OK
               : log_no_memory(reader);
}

static enum ml_status log_take_spans(struct log_reader *reader,
                                     struct ml_trace_log_track *track,
                                     size_t bytes)
{
    uint8_t items[LOG_READ_SPANS * ML_TRACE_SPAN_BYTES];
    enum ml_status status = ML_OK;
    if (bytes % ML_TRACE_SPAN_BYTES != 0)
        return log_bad(reader, "a block of spans has the wrong size");
    while (status == ML_OK && bytes > 0) {
        const size_t part = bytes < sizeof items ? bytes : sizeof items;
        const size_t got = fread(items, 1, part, reader->file);
        for (size_t at = 0; status == ML_OK && at + ML_TRACE_SPAN_BYTES <= got;
             at += ML_TRACE_SPAN_BYTES)
            status = log_add_span(reader, track, items + at);
        if (got < part)
            break;
        bytes -= part;
    }
    return status;
}

static enum ml_status log_take_numbers(struct log_reader *reader, uint32_t type,
                                       struct ml_trace_log_track *track,
                                       size_t bytes)
{
    uint8_t numbers[16];
    const size_t wanted = type == ML_TRACE_BLOCK_END ? 8 : 16;
    if (bytes != wanted)
        return log_bad(reader, "a block has the wrong size");
    if (fread(numbers, 1, wanted, reader->file) != wanted)
        return ML_OK;
    if (type == ML_TRACE_BLOCK_END) {
        reader->log->whole = true;
        if (ml_load_le64(numbers) > reader->log->end_ns)
            reader->log->end_ns = ml_load_le64(numbers);
        return ML_OK;
    }
    track->lost = ml_load_le64(numbers);
    track->refused = ml_load_le64(numbers + 8);
    return ML_OK;
}

static void log_skip(struct log_reader *reader, size_t bytes)
{
    while (bytes-- > 0 && getc(reader->file) != EOF)
        continue;
}

/* Reserve memory for one more path of `bytes` bytes. */
static bool log_reserve_input(struct ml_trace_log_inputs *inputs, size_t bytes)
{
    if (inputs->capacity_bytes - inputs->used < bytes + 1) {
        const size_t capacity_bytes = 2 * inputs->capacity_bytes + bytes + 1;
        char *text = realloc(inputs->text, capacity_bytes);
        if (!text)
            return false;
        inputs->text = text;
        inputs->capacity_bytes = capacity_bytes;
    }
    if (inputs->count == inputs->capacity) {
        const size_t capacity = inputs->capacity ? 2 * inputs->capacity : 256;
        void *offsets =
            realloc(inputs->offsets, capacity * sizeof *inputs->offsets);
        if (!offsets)
            return false;
        inputs->offsets = offsets;
        inputs->capacity = capacity;
    }
    return true;
}

/* Inputs come in order, each once; skip any other. */
static enum ml_status log_take_input(struct log_reader *reader,
                                     uint32_t subject, size_t bytes)
{
    struct ml_trace_log_inputs *inputs = &reader->log->inputs;
    if (bytes > LOG_PATH_MAX || subject != inputs->count) {
        log_skip(reader, bytes);
        return ML_OK;
    }
    if (!log_reserve_input(inputs, bytes))
        return log_no_memory(reader);
    char *path = inputs->text + inputs->used;
    if (fread(path, 1, bytes, reader->file) != bytes)
        return ML_OK;
    path[bytes] = '\0';
    inputs->offsets[inputs->count++] = inputs->used;
    inputs->used += bytes + 1;
    return ML_OK;
}

static enum ml_status log_read_block(struct log_reader *reader,
                                     const uint8_t *head)
{
    struct ml_trace_log *log = reader->log;
    const uint32_t type = ml_load_le32(head), subject = ml_load_le32(head + 4);
    const size_t bytes = ml_load_le32(head + 8);
    struct ml_trace_log_track *track =
        subject < log->track_count ? &log->tracks[subject] : NULL;
    if (!track &&
        (type == ML_TRACE_BLOCK_SPANS || type == ML_TRACE_BLOCK_LOSSES))
        return log_bad(reader, "a block names an unknown track");
    switch (type) {
    case ML_TRACE_BLOCK_TRACK:
    case ML_TRACE_BLOCK_CAUSE:
        return log_take_text(reader, type, subject, bytes);
    case ML_TRACE_BLOCK_SPANS:
        return log_take_spans(reader, track, bytes);
    case ML_TRACE_BLOCK_LOSSES:
    case ML_TRACE_BLOCK_END:
        return log_take_numbers(reader, type, track, bytes);
    case ML_TRACE_BLOCK_INPUT:
        return log_take_input(reader, subject, bytes);
    default:
        log_skip(reader, bytes);
        return ML_OK;
    }
}

/* ---- nesting ---- */

/* Outer before inner: of two with one start the longer first, of two equal ones
 * the less deep as recorded. */
static int log_compare(const void *a_in, const void *b_in)
{
    const struct ml_trace_span *a = a_in, *b = b_in;
    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    if (a->end_ns != b->end_ns)
        return a->end_ns > b->end_ns ? -1 : 1;
    return (a->depth > b->depth) - (a->depth < b->depth);
}

static void log_nest(struct ml_trace_log *log, struct ml_trace_log_spans *spans)
{
    uint64_t ends[ML_TRACE_LOG_NEST];
    size_t kept = 0, depth = 0;
    if (spans->count > 0)
        qsort(spans->items, spans->count, sizeof *spans->items, log_compare);
    for (size_t i = 0; i < spans->count; i++) {
        struct ml_trace_span span = spans->items[i];
        while (depth > 0 && ends[depth - 1] <= span.start_ns)
            depth--;
        if (depth == ML_TRACE_LOG_NEST) {
            log->left_out++;
            continue;
        }
        if (depth > 0 && span.end_ns > ends[depth - 1]) {
            span.end_ns = ends[depth - 1];
            log->clipped++;
        }
        span.depth = (uint8_t)depth;
        ends[depth++] = span.end_ns;
        spans->items[kept++] = span;
    }
    spans->count = kept;
}

static enum ml_status log_read(struct log_reader *reader)
{
    uint8_t head[ML_TRACE_BLOCK_BYTES];
    enum ml_status status = log_read_head(reader);
    while (status == ML_OK && !reader->log->whole &&
           fread(head, 1, sizeof head, reader->file) == sizeof head)
        status = log_read_block(reader, head);
    if (status == ML_OK && ferror(reader->file))
        return ml_fail_os(reader->err, EIO, "cannot read the trace", NULL);
    return status;
}

enum ml_status ml_trace_log_open(struct ml_trace_log *log, const char *path,
                                 struct ml_error *err)
{
    struct log_reader reader = {
        .log = log, .file = fopen(path, "re"), .err = err};
    memset(log, 0, sizeof *log);
    if (!reader.file)
        return ml_fail_os(err, errno, "cannot open the trace", NULL);
    const enum ml_status status = log_read(&reader);
    (void)fclose(reader.file);
    if (status != ML_OK) {
        ml_trace_log_close(log);
        return status;
    }
    for (size_t i = 0; i < log->track_count; i++) {
        log_nest(log, &log->tracks[i].spans);
        if (log->tracks[i].levels.count > 0)
            qsort(log->tracks[i].levels.items, log->tracks[i].levels.count,
                  sizeof *log->tracks[i].levels.items, log_compare);
    }
    return ML_OK;
}

void ml_trace_log_close(struct ml_trace_log *log)
{
    for (size_t i = 0; i < log->track_count; i++) {
        free(log->tracks[i].spans.items);
        free(log->tracks[i].levels.items);
    }
    free(log->tracks);
    free(log->inputs.text);
    free(log->inputs.offsets);
    memset(log, 0, sizeof *log);
}

const char *ml_trace_log_input(const struct ml_trace_log *log, uint32_t job)
{
    return job < log->inputs.count ? log->inputs.text + log->inputs.offsets[job]
                                   : NULL;
}
