/* worker.h: the program that a worker process runs: this one, told by its first
 * argument (ML_WORKER_ARGUMENT).  It opens no file: its input lies in slots,
 * its output in outboxes, its orders in a sealed mapping. */
#ifndef ML_PIPELINE_PROCESSES_WORKER_H
#define ML_PIPELINE_PROCESSES_WORKER_H

/* Does commands until told to exit; the exit code of the process.  Started by
 * hand, without the descriptors, it says so and returns 2. */
int ml_worker_main(void);

#endif
