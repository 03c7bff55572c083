/* test_trace_hostile.c: tracks of processes that crashed or write anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "support/trace_file.h"

static struct ml_trace_track *map_shared(void)
{
    void *memory =
        mmap(NULL, sizeof(struct ml_trace_track), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(memory != MAP_FAILED);
    return memory;
}

static void open_spans_of_a_killed_process_are_kept(void **state)
{
    (void)state;
    struct test_trace test;
    int status;
    test_trace_open(&test);
    struct ml_trace_track *track = map_shared();
    const pid_t child = fork();
    if (child == 0) {
        test_trace_add(track, 1);
        ml_trace_begin(track, ML_TRACE_PICTURE, 9);
        ml_trace_begin(track, ML_TRACE_FILTER, 9);
        (void)kill(getpid(), SIGKILL);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_true(ml_trace_attach(test.trace, track, "killed", child, child));
    ml_trace_detach(test.trace, track, ml_now_ns());
    test_trace_read(&test);
    const struct ml_trace_log_track *read = &test.log.tracks[0];
    static const char *const names[] = {"read", "picture", "filter", "failure"};
    assert_int_equal(read->spans.count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(test_trace_kind(&test.log, 0, i), names[i]);
    assert_int_equal(read->spans.items[3].job, 9);
    assert_int_equal(read->spans.items[1].end_ns,
                     read->spans.items[3].start_ns);
    assert_int_equal(munmap(track, sizeof *track), 0);
    test_trace_close(&test);
}

static void impossible_spans_are_refused_and_counted(void **state)
{
    (void)state;
    struct test_trace test;
    test_trace_open(&test);
    struct ml_trace_track *track = ml_trace_track(test.trace, "liar", 1, 1);
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
    test_trace_read(&test);
    assert_int_equal(test.log.tracks[0].refused, 6);
    assert_int_equal(test.log.tracks[0].spans.count, 6);
    assert_int_equal(test.log.left_out, 0);
    test_trace_close(&test);
}

static void any_bytes_in_shared_memory_do_no_harm(void **state)
{
    (void)state;
    struct ml_random random = {.state = 11};
    struct test_trace test;
    test_trace_open(&test);
    struct ml_trace_track *track = map_shared();
    for (unsigned round = 0; round < 20; round++) {
        uint32_t *words = (void *)track;
        assert_true(
            ml_trace_attach(test.trace, track, "hostile", 1, (int)round));
        for (size_t i = 0; i < sizeof *track / sizeof *words; i++)
            words[i] = (uint32_t)ml_random_next(&random);
        if (round % 2)
            atomic_store(&track->written, round * ML_TRACE_SPANS / 16);
        ml_trace_drain(test.trace);
        ml_trace_detach(test.trace, track, round % 3 ? ml_now_ns() : 0);
    }
    test_trace_read(&test);
    uint64_t refused = 0;
    for (size_t i = 0; i < test.log.track_count; i++)
        refused += test.log.tracks[i].refused;
    assert_true(refused > 20);
    assert_int_equal(test.log.left_out, 0);
    assert_int_equal(munmap(track, sizeof *track), 0);
    test_trace_close(&test);
}

static void spans_that_overlap_are_cut_to_nest(void **state)
{
    (void)state;
    struct test_trace test;
    test_trace_open(&test);
    struct ml_trace_track *track = ml_trace_track(test.trace, "liar", 1, 1);
    const uint64_t start = ml_now_ns();
    while (ml_now_ns() < start + 1000)
        continue;
    ml_trace_add(track, ML_TRACE_READ, 1, 0, start, start + 600);
    ml_trace_add(track, ML_TRACE_WRITE, 2, 0, start + 300, start + 900);
    test_trace_read(&test);
    const struct ml_trace_span *spans = test.log.tracks[0].spans.items;
    assert_int_equal(test.log.clipped, 1);
    assert_int_equal(spans[1].start_ns, start + 300);
    assert_int_equal(spans[1].end_ns, start + 600);
    assert_int_equal(spans[1].depth, 1);
    test_trace_close(&test);
}

static void a_track_beyond_the_limit_is_counted_as_lost(void **state)
{
    (void)state;
    struct test_trace test;
    struct ml_trace_track *track = map_shared();
    test_trace_open(&test);
    for (unsigned i = 0; i < ML_TRACE_TRACKS; i++)
        assert_true(ml_trace_attach(test.trace, track, "one", 1, (int)i));
    assert_false(ml_trace_attach(test.trace, track, "more", 1, 1));
    const struct ml_trace_counts counts = ml_trace_counts(test.trace);
    assert_int_equal(counts.lost, 1);
    for (unsigned i = 0; i < ML_TRACE_TRACKS; i++)
        ml_trace_detach(test.trace, track, 0);
    test_trace_read(&test);
    assert_int_equal(test.log.track_count, ML_TRACE_TRACKS);
    assert_int_equal(munmap(track, sizeof *track), 0);
    test_trace_close(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_spans_of_a_killed_process_are_kept),
        cmocka_unit_test(impossible_spans_are_refused_and_counted),
        cmocka_unit_test(any_bytes_in_shared_memory_do_no_harm),
        cmocka_unit_test(spans_that_overlap_are_cut_to_nest),
        cmocka_unit_test(a_track_beyond_the_limit_is_counted_as_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
