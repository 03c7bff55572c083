/* The memory that a worker shares with the coordinator: tracks only for a
 * trace. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "pipeline/ipc/channel.h"

static void without_a_trace_no_track_takes_memory(void **state)
{
    (void)state;
    static struct ml_channel channel;
    assert_true(ml_channel_bytes(0) < sizeof channel + 64);
    assert_null(ml_channel_track(&channel, 0, 0));
}

static void tracks_lie_behind_the_channel_and_apart(void **state)
{
    (void)state;
    const uint32_t tracks = 3;
    const size_t bytes = ml_channel_bytes(tracks);
    uint8_t *memory = aligned_alloc(64, ml_round_up(bytes, 64));
    assert_non_null(memory);
    struct ml_channel *channel = (void *)memory;
    const uint8_t *end = memory + sizeof *channel;
    for (uint32_t i = 0; i < tracks; i++) {
        const uint8_t *track =
            (const uint8_t *)ml_channel_track(channel, tracks, i);
        assert_true(track >= end);
        end = track + sizeof(struct ml_trace_track);
    }
    assert_true(end <= memory + bytes);
    assert_null(ml_channel_track(channel, tracks, tracks));
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_trace_no_track_takes_memory),
        cmocka_unit_test(tracks_lie_behind_the_channel_and_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
