/* transports.h: which transport a run uses: both ends of each, by its id. */
#ifndef ML_PIPELINE_IPC_TRANSPORTS_H
#define ML_PIPELINE_IPC_TRANSPORTS_H

#include "pipeline/ipc/coordinator.h"
#include "pipeline/ipc/worker_end.h"

/* The kind of a setting. */
const struct ml_transport_ops *ml_transport(enum ml_transport_id id);

/* Fill `port`, whose channel and wire are set, for the transport that the order
 * names.  On failure nothing is left to close. */
ML_MUST_CHECK enum ml_status ml_worker_end_open(struct ml_worker_end *end,
                                                struct ml_error *err);

#endif
