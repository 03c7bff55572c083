/* worker.h: the main function of a worker process, which runs this program with
 * ML_WORKER_ARGUMENT as its first argument.  It opens no file: the transport
 * brings its inputs and takes its results, and its settings are a sealed
 * mapping. */
#ifndef ML_PIPELINE_PROCESSES_WORKER_H
#define ML_PIPELINE_PROCESSES_WORKER_H

/* Run commands until the exit command; returns the exit code of the process.
 * Started without the inherited descriptors, it prints a message and returns
 * 2. */
int ml_worker_main(void);

#endif
