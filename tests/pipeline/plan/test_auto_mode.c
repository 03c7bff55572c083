/* The rules of `-m auto`: the first and the last batch that each applies to. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "pipeline/plan/auto_mode.h"
#include "pipeline/plan/plan.h"

/* Photos of 3 MB, in the page cache. */
static struct ml_batch_stats photos(size_t count, unsigned jobs)
{
    return (struct ml_batch_stats){
        .count = count,
        .bytes = count * 3000000,
        .jobs = jobs,
        .readers = 2,
        .probe_ns = 6000,
    };
}

static struct ml_batch_stats small(size_t count, unsigned jobs)
{
    struct ml_batch_stats batch = photos(count, jobs);
    batch.bytes = count * 16000;
    return batch;
}

static void assert_chosen(const struct ml_batch_stats *batch, const char *mode,
                          unsigned jobs, unsigned inner)
{
    const struct ml_choice choice = ml_auto_mode_select(batch);
    assert_string_equal(choice.mode, mode);
    assert_int_equal(choice.jobs, jobs);
    assert_int_equal(choice.inner, inner);
    assert_non_null(ml_mode_find(choice.mode));
    assert_true(choice.reason[0] != '\0');
}

static void a_single_picture_gets_all_cpus_and_no_worker(void **state)
{
    (void)state;
    const struct ml_batch_stats on_one = photos(1, 1), on_eight = photos(1, 8);
    assert_chosen(&on_one, "serial", 1, 1);
    assert_chosen(&on_eight, "serial", 1, 8);
}

static void a_very_short_batch_starts_no_thread(void **state)
{
    (void)state;
    const struct ml_batch_stats few = small(5, 2), more = small(6, 2);
    assert_chosen(&few, "serial", 2, 1);
    assert_chosen(&more, "threads", 2, 1);
}

static void one_cpu_needs_one_thread(void **state)
{
    (void)state;
    const struct ml_batch_stats batch = photos(1000, 1);
    assert_chosen(&batch, "serial", 1, 1);
}

static void fewer_pictures_than_cpus_get_several_each(void **state)
{
    (void)state;
    const struct ml_batch_stats two = photos(2, 8), three = photos(3, 8);
    assert_chosen(&two, "threads", 2, 4);
    assert_chosen(&three, "threads", 3, 2);
}

static void short_batches_get_threads_and_long_ones_processes(void **state)
{
    (void)state;
    const struct ml_batch_stats brief = photos(36, 2), longer = photos(37, 2);
    const struct ml_batch_stats wide = photos(37, 16);
    assert_chosen(&brief, "threads", 2, 1);
    assert_chosen(&longer, "processes", 2, 1);
    assert_chosen(&wide, "threads", 16, 1);
}

static void repeated_computing_counts_as_more_work(void **state)
{
    (void)state;
    struct ml_batch_stats batch = photos(10, 2);
    const struct ml_choice once = ml_auto_mode_select(&batch);
    batch.factor = 20;
    const struct ml_choice often = ml_auto_mode_select(&batch);
    assert_string_equal(once.mode, "threads");
    assert_string_equal(often.mode, "processes");
    assert_true(often.work_ns == 20 * once.work_ns);
}

static void slow_files_get_more_readers(void **state)
{
    (void)state;
    struct ml_batch_stats batch = photos(100, 2);
    assert_int_equal(ml_auto_mode_select(&batch).readers, 2);
    batch.probe_ns = 2 * ML_NS_PER_MS;
    assert_int_equal(ml_auto_mode_select(&batch).readers, 6);
    batch.probe_ns = ML_NS_PER_S;
    assert_int_equal(ml_auto_mode_select(&batch).readers, 16);
    batch.count = 5; /* no more readers than files */
    assert_int_equal(ml_auto_mode_select(&batch).readers, 5);
    batch.count = 1;
    assert_int_equal(ml_auto_mode_select(&batch).readers, 2);
    batch.readers_asked = true;
    assert_int_equal(ml_auto_mode_select(&batch).readers, 2);
}

static void slow_files_are_not_read_by_one_thread(void **state)
{
    (void)state;
    struct ml_batch_stats narrow = photos(20, 1), tiny = small(4, 2);
    narrow.probe_ns = tiny.probe_ns = 5 * ML_NS_PER_MS;
    assert_chosen(&narrow, "processes", 1, 1);
    assert_chosen(&tiny, "threads", 2, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_picture_gets_all_cpus_and_no_worker),
        cmocka_unit_test(a_very_short_batch_starts_no_thread),
        cmocka_unit_test(one_cpu_needs_one_thread),
        cmocka_unit_test(fewer_pictures_than_cpus_get_several_each),
        cmocka_unit_test(short_batches_get_threads_and_long_ones_processes),
        cmocka_unit_test(repeated_computing_counts_as_more_work),
        cmocka_unit_test(slow_files_get_more_readers),
        cmocka_unit_test(slow_files_are_not_read_by_one_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
