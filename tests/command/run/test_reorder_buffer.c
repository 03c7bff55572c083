/* test_reorder_buffer.c: jobs end in any order and are reported in the order of
 * their numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "command/run/reorder_buffer.h"
#include "support/temp_dir.h"

#define CAPACITY 8
#define JOBS 10000

static void add(struct ml_reorder_buffer *buffer, uint64_t number)
{
    int input = 0;
    const struct ml_job job = {
        .number = number, .input = &input, .output_bytes = 3 * number};
    struct ml_reorder_entry *entry = ml_reorder_buffer_add(buffer, &job);
    assert_null(entry->job.input);
    assert_false(entry->has_temp);
    assert_int_equal(0, entry->hash);
    entry->hash = ~number;
    entry->has_temp = true;
}

/* Remove all entries that are next in order; returns their count. */
static size_t report_all(struct ml_reorder_buffer *buffer)
{
    size_t count = 0;
    struct ml_reorder_entry *entry;
    while ((entry = ml_reorder_buffer_next(buffer)) != NULL) {
        assert_int_equal(buffer->next_number, entry->job.number);
        assert_int_equal(3 * buffer->next_number, entry->job.output_bytes);
        assert_true(entry->hash == ~buffer->next_number);
        ml_reorder_buffer_release(buffer, entry);
        buffer->next_number++;
        count++;
    }
    return count;
}

/* Jobs are in progress up to CAPACITY at a time and end in random order. */
static void a_fixed_number_of_entries_serves_any_number_of_jobs(void **state)
{
    (void)state;
    struct ml_reorder_buffer buffer;
    struct ml_error err;
    struct ml_random random = {.state = 13};
    uint64_t running[CAPACITY], begun = 0;
    size_t running_count = 0, reported = 0, held = 0, held_most = 0;
    assert_int_equal(ML_OK, ml_reorder_buffer_open(&buffer, CAPACITY, &err));
    while (reported < JOBS) {
        while (begun < JOBS && begun < buffer.next_number + CAPACITY)
            running[running_count++] = begun++;
        const uint32_t at = ml_random_below(&random, (uint32_t)running_count);
        add(&buffer, running[at]);
        running[at] = running[--running_count];
        held_most = ++held > held_most ? held : held_most;
        const size_t now = report_all(&buffer);
        held -= now;
        reported += now;
    }
    assert_int_equal(CAPACITY, held_most);
    assert_int_equal(JOBS, buffer.next_number);
    ml_reorder_buffer_close(&buffer);
}

static void lack_of_memory_is_reported(void **state)
{
    (void)state;
    struct ml_reorder_buffer buffer;
    struct ml_error err;
    assert_int_equal(ML_ERR_MEMORY,
                     ml_reorder_buffer_open(&buffer, SIZE_MAX / 4096, &err));
    ml_reorder_buffer_close(&buffer);
}

/* More inputs than entries: all but the first are skipped while it is read, or
 * all end and are named in order. */
static void inputs_beyond_the_room_are_reported_in_order(void **state)
{
    struct place *place = *state;
    place_passes(place, "mkdir in && printf 'P5 2 1 255 ab' | "
                        "tee $(seq -f in/%g.pgm 10000 11499) > all");
    place_passes(place, "$M run -s -m threads -j 4 --name '{w}/{stem}.{ext}' "
                        "in -o late && ls in > want && ls late/2 | "
                        "cmp - want");
    place_passes(place, "mkdir out && cp in/* out && rm out/10000.pgm && "
                        "$M run -n -s -m threads -j 4 --existing skip in "
                        "-o out > list && cut -c4-8 list > got && "
                        "seq 10000 11499 | cmp - got && "
                        "test $(grep -c ' skipped: ' list) = 1499");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fixed_number_of_entries_serves_any_number_of_jobs),
        cmocka_unit_test(lack_of_memory_is_reported),
        cmocka_unit_test(inputs_beyond_the_room_are_reported_in_order),
    };
    return cmocka_run_group_tests(tests, place_open, place_close);
}
