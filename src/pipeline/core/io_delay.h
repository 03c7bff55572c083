/* io_delay.h: a delay before each read, which stands for a slow disk or
 * network.
 *
 * It makes a run I/O-bound on purpose (--io-delay).  Threads sleep in
 * ml_delay_wait(); the event loop uses a timer of its own, which is the point
 * of the comparison.  A stop ends the sleep of all threads at once.
 */
#ifndef ML_PIPELINE_CORE_IO_DELAY_H
#define ML_PIPELINE_CORE_IO_DELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct ml_delay {
    uint64_t ns; /* 0: no delay, and stop_fd is not open */
    int stop_fd; /* eventfd, readable from the stop on */
};

ML_MUST_CHECK enum ml_status ml_delay_open(struct ml_delay *delay, uint64_t ns,
                                           struct ml_error *err);
void ml_delay_close(struct ml_delay *delay);
/* Sleep for the delay; false if the run stopped before its end.  Any thread. */
ML_MUST_CHECK bool ml_delay_wait(const struct ml_delay *delay);
/* End all sleeps, also later ones.  Any thread. */
void ml_delay_stop(const struct ml_delay *delay);

#endif
