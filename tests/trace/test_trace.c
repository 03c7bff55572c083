/* Tracks into a file and back: nothing invented, nothing lost in silence. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/random.h"
#include "trace/file_format.h"
#include "trace/reader.h"
#include "trace/totals.h"

struct place {
    char path[64];
    struct ml_trace *trace;
    struct ml_trace_log log;
};

static void place_open(struct place *place)
{
    struct ml_error err;
    (void)snprintf(place->path, sizeof place->path,
                   "/tmp/minilab-trace-XXXXXX");
    const int fd = mkstemp(place->path);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(ml_trace_open(&place->trace, place->path, &err), ML_OK);
}

/* End the trace and read its file. */
static void place_read(struct place *place)
{
    struct ml_error err;
    assert_int_equal(ml_trace_close(place->trace, &err), ML_OK);
    if (ml_trace_log_open(&place->log, place->path, &err) != ML_OK)
        fail_msg("%s: %s", err.what, err.why);
}

static void place_close(struct place *place)
{
    ml_trace_log_close(&place->log);
    assert_int_equal(unlink(place->path), 0);
}

static const char *kind_name(const struct ml_trace_log *log, size_t track,
                             size_t span)
{
    return log->kinds[log->tracks[track].spans.items[span].kind].name;
}

/* ---- spans ---- */

static void spans_come_back_nested_as_they_were_begun(void **state)
{
    (void)state;
    struct place place;
    place_open(&place);
    ml_trace_name_cause(place.trace, 7, "a queue of jobs");
    struct ml_trace_track *track =
        ml_trace_track(place.trace, "worker 1", 12, 34);
    assert_non_null(track);
    ml_trace_begin_for(track, ML_TRACE_QUEUE, ML_TRACE_NO_JOB, 7);
    ml_trace_end(track);
    ml_trace_begin(track, ML_TRACE_PICTURE, 5);
    const uint64_t start = ml_now_ns();
    const uint64_t end = ml_now_ns();
    ml_trace_add(track, ML_TRACE_DECODE, 5, 0, start, end);
    ml_trace_begin(track, ML_TRACE_ENCODE, 5);
    ml_trace_end(track);
    ml_trace_end(track);
    ml_trace_level(track, ML_TRACE_DEPTH, 7, 3);
    place_read(&place);

    const struct ml_trace_log *log = &place.log;
    assert_true(log->whole);
    assert_int_equal(log->bent + log->left_out, 0);
    assert_int_equal(log->track_count, 1);
    const struct ml_trace_log_track *read = &log->tracks[0];
    assert_string_equal(read->name, "worker 1");
    assert_int_equal(read->pid, 12);
    assert_int_equal(read->tid, 34);
    assert_int_equal(read->lost + read->refused, 0);
    assert_int_equal(read->spans.count, 4);
    static const char *const names[] = {"queue wait", "picture", "decode",
                                        "encode"};
    static const unsigned depths[] = {0, 0, 1, 1};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(kind_name(log, 0, i), names[i]);
        assert_int_equal(read->spans.items[i].depth, depths[i]);
    }
    assert_string_equal(log->causes[read->spans.items[0].cause],
                        "a queue of jobs");
    assert_int_equal(read->spans.items[2].start_ns, start);
    assert_int_equal(read->spans.items[2].end_ns, end);
    assert_int_equal(read->spans.items[2].job, 5);
    assert_int_equal(read->levels.count, 1);
    assert_int_equal(read->levels.items[0].job, 3);
    place_close(&place);
}

static void inputs_have_the_paths_they_were_given(void **state)
{
    (void)state;
    struct place place;
    place_open(&place);
    ml_trace_name_job(place.trace, 0, "in/a.jpg");
    ml_trace_name_job(place.trace, 1, "");
    ml_trace_name_job(place.trace, 7, "out of order");
    ml_trace_name_job(place.trace, 2, "in/\xff\n.png");
    for (uint32_t i = 3; i < 600; i++)
        ml_trace_name_job(place.trace, i, "in/many.jpg");
    place_read(&place);
    assert_string_equal(ml_trace_log_input(&place.log, 0), "in/a.jpg");
    assert_string_equal(ml_trace_log_input(&place.log, 1), "");
    assert_string_equal(ml_trace_log_input(&place.log, 2), "in/\xff\n.png");
    assert_string_equal(ml_trace_log_input(&place.log, 599), "in/many.jpg");
    assert_null(ml_trace_log_input(&place.log, 600));
    assert_null(ml_trace_log_input(&place.log, ML_TRACE_NO_JOB));
    place_close(&place);
}

static void without_a_file_spans_are_summed_up_all_the_same(void **state)
{
    (void)state;
    struct ml_trace *trace;
    struct ml_error err;
    struct ml_trace_totals totals;
    assert_int_equal(ml_trace_open(&trace, NULL, &err), ML_OK);
    ml_trace_name_cause(trace, 7, "a queue of jobs");
    struct ml_trace_track *track = ml_trace_track(trace, "worker 1", 1, 1);
    const uint64_t start = ml_now_ns();
    while (ml_now_ns() - start < 50000)
        continue;
    ml_trace_add(track, ML_TRACE_QUEUE, 1, 7, start, start + 40000);
    ml_trace_name_job(trace, 0, "nowhere");
    ml_trace_drain(trace);
    ml_trace_totals_of(trace, &totals);
    assert_int_equal(totals.count, 1);
    assert_int_equal(totals.groups[0].kind_ns[ML_TRACE_QUEUE], 40000);
    assert_int_equal(totals.groups[0].cause_ns[7], 40000);
    assert_true(totals.groups[0].life_ns >= 40000);
    assert_string_equal(ml_trace_cause_name(trace, 7), "a queue of jobs");
    assert_string_equal(ml_trace_cause_name(trace, 8), "");
    assert_int_equal(ml_trace_counts(trace).spans, 1);
    assert_int_equal(ml_trace_close(trace, &err), ML_OK);
}

static void without_a_track_every_call_does_nothing(void **state)
{
    (void)state;
    struct ml_error err;
    assert_null(ml_trace_track(NULL, "nobody", 1, 1));
    ml_trace_begin(NULL, ML_TRACE_READ, 1);
    ml_trace_add(NULL, ML_TRACE_READ, 1, 0, 1, 2);
    ml_trace_level(NULL, ML_TRACE_DEPTH, 1, 1);
    ml_trace_end(NULL);
    assert_int_equal(ml_trace_close(NULL, &err), ML_OK);
}

static void what_is_nested_too_deep_is_lost_and_told(void **state)
{
    (void)state;
    struct place place;
    place_open(&place);
    struct ml_trace_track *track = ml_trace_track(place.trace, "deep", 1, 1);
    for (unsigned i = 0; i < ML_TRACE_NEST + 3; i++)
        ml_trace_begin(track, ML_TRACE_READ, i);
    for (unsigned i = 0; i < ML_TRACE_NEST + 3; i++)
        ml_trace_end(track);
    place_read(&place);
    assert_int_equal(place.log.tracks[0].spans.count, ML_TRACE_NEST);
    assert_int_equal(place.log.tracks[0].lost, 3);
    place_close(&place);
}

/* ---- rings ---- */

static void add_now(struct ml_trace_track *track, uint32_t job)
{
    const uint64_t now = ml_now_ns();
    ml_trace_add(track, ML_TRACE_READ, job, 0, now, now);
}

static void a_full_track_drops_the_new_and_counts_them(void **state)
{
    (void)state;
    struct place place;
    place_open(&place);
    struct ml_trace_track *track = ml_trace_track(place.trace, "full", 1, 1);
    for (uint32_t i = 0; i < ML_TRACE_SPANS + 10; i++)
        add_now(track, i);
    ml_trace_drain(place.trace);
    const struct ml_trace_counts counts = ml_trace_counts(place.trace);
    assert_int_equal(counts.spans, ML_TRACE_SPANS);
    assert_int_equal(counts.lost, 10);
    assert_int_equal(counts.refused, 0);
    add_now(track, 123456);
    place_read(&place);
    const struct ml_trace_log_track *read = &place.log.tracks[0];
    assert_int_equal(read->spans.count, ML_TRACE_SPANS + 1);
    assert_int_equal(read->spans.items[ML_TRACE_SPANS].job, 123456);
    assert_int_equal(read->lost, 10);
    place_close(&place);
}

static void a_drained_track_wraps_and_keeps_everything(void **state)
{
    (void)state;
    const uint32_t count = 3 * ML_TRACE_SPANS + 17;
    struct place place;
    place_open(&place);
    struct ml_trace_track *track = ml_trace_track(place.trace, "wraps", 1, 1);
    for (uint32_t i = 0; i < count; i++) {
        add_now(track, i);
        if (i % 1000 == 0)
            ml_trace_drain(place.trace);
    }
    place_read(&place);
    const struct ml_trace_log_track *read = &place.log.tracks[0];
    assert_int_equal(read->lost, 0);
    assert_int_equal(read->spans.count, count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(read->spans.items[i].job, i);
    place_close(&place);
}

static void *fill_track(void *track)
{
    for (uint32_t i = 0; i < 4 * ML_TRACE_SPANS; i++) {
        ml_trace_begin(track, ML_TRACE_PICTURE, i);
        add_now(track, i);
        ml_trace_end(track);
    }
    return NULL;
}

static void threads_may_fill_while_others_drain(void **state)
{
    (void)state;
    struct place place;
    pthread_t threads[3];
    struct ml_trace_track *tracks[3];
    place_open(&place);
    for (int i = 0; i < 3; i++) {
        tracks[i] = ml_trace_track(place.trace, "busy", 1, i);
        assert_int_equal(
            pthread_create(&threads[i], NULL, fill_track, tracks[i]), 0);
    }
    for (int i = 0; i < 50; i++)
        ml_trace_drain(place.trace);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    place_read(&place);
    assert_int_equal(place.log.bent, 0);
    for (size_t i = 0; i < 3; i++) {
        const struct ml_trace_log_track *track = &place.log.tracks[i];
        assert_int_equal(track->spans.count + track->lost, 8 * ML_TRACE_SPANS);
        assert_int_equal(track->refused, 0);
        for (size_t k = 1; k < track->spans.count; k++)
            assert_true(track->spans.items[k].job >=
                        track->spans.items[k - 1].job);
    }
    place_close(&place);
}

/* ---- who may be dead or hostile ---- */

static struct ml_trace_track *map_shared(void)
{
    void *memory =
        mmap(NULL, sizeof(struct ml_trace_track), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(memory != MAP_FAILED);
    return memory;
}

static void what_a_killed_process_had_begun_is_there(void **state)
{
    (void)state;
    struct place place;
    int status;
    place_open(&place);
    struct ml_trace_track *track = map_shared();
    const pid_t child = fork();
    if (child == 0) {
        add_now(track, 1);
        ml_trace_begin(track, ML_TRACE_PICTURE, 9);
        ml_trace_begin(track, ML_TRACE_FILTER, 9);
        (void)kill(getpid(), SIGKILL);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_true(ml_trace_attach(place.trace, track, "killed", child, child));
    ml_trace_detach(place.trace, track, ml_now_ns());
    place_read(&place);
    const struct ml_trace_log_track *read = &place.log.tracks[0];
    static const char *const names[] = {"read", "picture", "filter", "failure"};
    assert_int_equal(read->spans.count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(kind_name(&place.log, 0, i), names[i]);
    assert_int_equal(read->spans.items[3].job, 9);
    assert_int_equal(read->spans.items[1].end_ns,
                     read->spans.items[3].start_ns);
    assert_int_equal(munmap(track, sizeof *track), 0);
    place_close(&place);
}

static void spans_that_cannot_be_are_refused_and_counted(void **state)
{
    (void)state;
    struct place place;
    place_open(&place);
    struct ml_trace_track *track = ml_trace_track(place.trace, "liar", 1, 1);
    const uint64_t now = ml_now_ns();
    const struct ml_trace_span good = {
        .start_ns = now, .end_ns = now, .kind = ML_TRACE_READ};
    struct ml_trace_span bad[6];
    for (size_t i = 0; i < 6; i++)
        bad[i] = good;
    bad[0].kind = ML_TRACE_KINDS;
    bad[1].end_ns = now - 1;
    bad[2].start_ns = 1;
    bad[3].end_ns = UINT64_MAX;
    bad[4].cause = 3; /* which has no name */
    bad[5].cause = UINT16_MAX;
    for (size_t i = 0; i < 6; i++) {
        ml_trace_put(track, &bad[i]);
        ml_trace_put(track, &good);
    }
    place_read(&place);
    assert_int_equal(place.log.tracks[0].refused, 6);
    assert_int_equal(place.log.tracks[0].spans.count, 6);
    assert_int_equal(place.log.left_out, 0);
    place_close(&place);
}

static void any_bytes_in_shared_memory_do_no_harm(void **state)
{
    (void)state;
    struct ml_random random = {.state = 11};
    struct place place;
    place_open(&place);
    struct ml_trace_track *track = map_shared();
    for (unsigned round = 0; round < 20; round++) {
        uint32_t *words = (void *)track;
        assert_true(
            ml_trace_attach(place.trace, track, "hostile", 1, (int)round));
        for (size_t i = 0; i < sizeof *track / sizeof *words; i++)
            words[i] = (uint32_t)ml_random_next(&random);
        if (round % 2)
            atomic_store(&track->written, round * ML_TRACE_SPANS / 16);
        ml_trace_drain(place.trace);
        ml_trace_detach(place.trace, track, round % 3 ? ml_now_ns() : 0);
    }
    place_read(&place);
    uint64_t refused = 0;
    for (size_t i = 0; i < place.log.track_count; i++)
        refused += place.log.tracks[i].refused;
    assert_true(refused > 20);
    assert_int_equal(place.log.left_out, 0);
    assert_int_equal(munmap(track, sizeof *track), 0);
    place_close(&place);
}

static void spans_that_overlap_are_cut_to_nest(void **state)
{
    (void)state;
    struct place place;
    place_open(&place);
    struct ml_trace_track *track = ml_trace_track(place.trace, "liar", 1, 1);
    const uint64_t start = ml_now_ns();
    while (ml_now_ns() < start + 1000)
        continue;
    ml_trace_add(track, ML_TRACE_READ, 1, 0, start, start + 600);
    ml_trace_add(track, ML_TRACE_WRITE, 2, 0, start + 300, start + 900);
    place_read(&place);
    const struct ml_trace_span *spans = place.log.tracks[0].spans.items;
    assert_int_equal(place.log.bent, 1);
    assert_int_equal(spans[1].start_ns, start + 300);
    assert_int_equal(spans[1].end_ns, start + 600);
    assert_int_equal(spans[1].depth, 1);
    place_close(&place);
}

static void too_many_tracks_are_told_as_a_loss(void **state)
{
    (void)state;
    struct place place;
    struct ml_trace_track *track = map_shared();
    place_open(&place);
    for (unsigned i = 0; i < ML_TRACE_TRACKS; i++)
        assert_true(ml_trace_attach(place.trace, track, "one", 1, (int)i));
    assert_false(ml_trace_attach(place.trace, track, "more", 1, 1));
    const struct ml_trace_counts counts = ml_trace_counts(place.trace);
    assert_int_equal(counts.lost, 1);
    for (unsigned i = 0; i < ML_TRACE_TRACKS; i++)
        ml_trace_detach(place.trace, track, 0);
    place_read(&place);
    assert_int_equal(place.log.track_count, ML_TRACE_TRACKS);
    assert_int_equal(munmap(track, sizeof *track), 0);
    place_close(&place);
}

/* ---- files ---- */

static size_t read_file(const char *path, uint8_t *bytes, size_t capacity)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, capacity, file);
    (void)fclose(file);
    assert_true(size < capacity);
    return size;
}

static void write_file(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* A file of two tracks and some spans; its bytes and where its text ends. */
static size_t sample_file(struct place *place, uint8_t *bytes, size_t capacity,
                          size_t *head_out)
{
    place_open(place);
    ml_trace_name_cause(place->trace, 1, "cause");
    for (int t = 0; t < 2; t++) {
        struct ml_trace_track *track =
            ml_trace_track(place->trace, "worker", 1, t);
        for (uint32_t i = 0; i < 20; i++) {
            ml_trace_begin_for(track, ML_TRACE_PICTURE, i, 1);
            add_now(track, i);
            ml_trace_end(track);
        }
    }
    place_read(place);
    ml_trace_log_close(&place->log);
    const size_t size = read_file(place->path, bytes, capacity);
    const uint8_t *end = memmem(bytes, size, "\n\n", 2);
    assert_non_null(end);
    *head_out = (size_t)(end - bytes) + 2;
    return size;
}

static void a_file_cut_anywhere_is_read_up_to_there(void **state)
{
    (void)state;
    static uint8_t bytes[16384];
    struct place place;
    struct ml_error err;
    size_t head;
    const size_t size = sample_file(&place, bytes, sizeof bytes, &head);
    size_t before = 0;
    for (size_t cut = 0; cut < size; cut += cut < head ? 7 : 1) {
        write_file(place.path, bytes, cut);
        const enum ml_status status =
            ml_trace_log_open(&place.log, place.path, &err);
        if (cut < head) {
            assert_int_equal(status, ML_ERR_USAGE);
            continue;
        }
        assert_int_equal(status, ML_OK);
        assert_false(place.log.whole);
        size_t spans = 0;
        for (size_t i = 0; i < place.log.track_count; i++)
            spans += place.log.tracks[i].spans.count;
        assert_true(spans >= before);
        before = spans;
        ml_trace_log_close(&place.log);
    }
    assert_int_equal(before, 80);
    place_close(&place);
}

static void a_bent_file_is_refused_or_read_without_harm(void **state)
{
    (void)state;
    static uint8_t bytes[16384], bent[16384];
    struct ml_random random = {.state = 5};
    struct place place;
    struct ml_error err;
    size_t head, opened = 0;
    const size_t size = sample_file(&place, bytes, sizeof bytes, &head);
    for (unsigned round = 0; round < 2000; round++) {
        memcpy(bent, bytes, size);
        for (unsigned i = 0; i <= round % 8; i++)
            bent[ml_random_below(&random, (uint32_t)size)] =
                (uint8_t)ml_random_next(&random);
        write_file(place.path, bent, size);
        if (ml_trace_log_open(&place.log, place.path, &err) != ML_OK)
            continue;
        opened++;
        for (size_t i = 0; i < place.log.track_count; i++) {
            const struct ml_trace_log_spans *spans = &place.log.tracks[i].spans;
            for (size_t k = 1; k < spans->count; k++)
                assert_true(spans->items[k].start_ns >=
                            spans->items[k - 1].start_ns);
        }
        ml_trace_log_close(&place.log);
    }
    assert_true(opened > 100 && opened < 2000);
    place_close(&place);
}

static void a_file_that_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    struct ml_trace *trace;
    struct ml_error err;
    assert_int_not_equal(ml_trace_open(&trace, "/nonexistent/t", &err), ML_OK);
    assert_null(trace);
    assert_int_equal(ml_trace_open(&trace, "/dev/full", &err), ML_OK);
    ml_trace_drain(trace); /* it shows then, and is remembered */
    assert_int_equal(ml_trace_close(trace, &err), ML_ERR_OS);
    assert_int_equal(err.os_errno, ENOSPC);
}

static void only_traces_are_replaced(void **state)
{
    (void)state;
    struct place place;
    struct ml_trace *trace;
    struct ml_error err;
    place_open(&place);
    place_read(&place);
    assert_int_equal(ml_trace_open(&trace, place.path, &err), ML_OK);
    assert_int_equal(ml_trace_close(trace, &err), ML_OK);
    write_file(place.path, (const uint8_t *)"\xff\xd8\xff\n", 4);
    assert_int_equal(ml_trace_open(&trace, place.path, &err), ML_ERR_EXISTS);
    assert_null(trace);
    place_close(&place);
}

static void what_was_drained_is_in_the_file_at_once(void **state)
{
    (void)state;
    struct place place;
    struct ml_trace_log log;
    struct ml_error err;
    place_open(&place);
    struct ml_trace_track *track = ml_trace_track(place.trace, "t", 1, 1);
    add_now(track, 1);
    ml_trace_drain(place.trace);
    assert_int_equal(ml_trace_log_open(&log, place.path, &err), ML_OK);
    assert_false(log.whole);
    assert_int_equal(log.tracks[0].spans.count, 1);
    ml_trace_log_close(&log);
    place_read(&place);
    place_close(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_come_back_nested_as_they_were_begun),
        cmocka_unit_test(inputs_have_the_paths_they_were_given),
        cmocka_unit_test(without_a_file_spans_are_summed_up_all_the_same),
        cmocka_unit_test(without_a_track_every_call_does_nothing),
        cmocka_unit_test(what_is_nested_too_deep_is_lost_and_told),
        cmocka_unit_test(a_full_track_drops_the_new_and_counts_them),
        cmocka_unit_test(a_drained_track_wraps_and_keeps_everything),
        cmocka_unit_test(threads_may_fill_while_others_drain),
        cmocka_unit_test(what_a_killed_process_had_begun_is_there),
        cmocka_unit_test(spans_that_cannot_be_are_refused_and_counted),
        cmocka_unit_test(any_bytes_in_shared_memory_do_no_harm),
        cmocka_unit_test(spans_that_overlap_are_cut_to_nest),
        cmocka_unit_test(too_many_tracks_are_told_as_a_loss),
        cmocka_unit_test(a_file_cut_anywhere_is_read_up_to_there),
        cmocka_unit_test(a_bent_file_is_refused_or_read_without_harm),
        cmocka_unit_test(a_file_that_cannot_be_written_is_an_error),
        cmocka_unit_test(only_traces_are_replaced),
        cmocka_unit_test(what_was_drained_is_in_the_file_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
