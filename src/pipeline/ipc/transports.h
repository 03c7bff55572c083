/* transports.h: finds the coordinator's side and the worker's side of a
 * transport by its id. */
#ifndef ML_PIPELINE_IPC_TRANSPORTS_H
#define ML_PIPELINE_IPC_TRANSPORTS_H

#include "pipeline/ipc/coordinator.h"
#include "pipeline/ipc/worker_end.h"

/* The coordinator's operations of transport `id`. */
const struct ml_transport_ops *ml_transport(enum ml_transport_id id);

/* Open `end`, whose channel and wire are set, for the transport that `wire`
 * names.  After a failure the process must exit: nothing is released. */
ML_MUST_CHECK enum ml_status ml_worker_end_open(struct ml_worker_end *end,
                                                struct ml_error *err);

#endif
