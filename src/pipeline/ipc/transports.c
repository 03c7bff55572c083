/* transports.c: the table of transports, both sides; see transports.h. */
#include "pipeline/ipc/transports.h"

const struct ml_transport_ops *ml_transport(enum ml_transport_id id)
{
    static const struct ml_transport_ops *const kinds[ML_TRANSPORT_COUNT] = {
        [ML_TRANSPORT_SHM] = &ml_transport_shm,
        [ML_TRANSPORT_PICKLE] = &ml_transport_pickle,
        [ML_TRANSPORT_PICKLE_INLINE] = &ml_transport_pickle_inline,
    };
    return kinds[id];
}

enum ml_status ml_worker_end_open(struct ml_worker_end *end,
                                  struct ml_error *err)
{
    static const struct ml_worker_end_ops *const kinds[ML_TRANSPORT_COUNT] = {
        [ML_TRANSPORT_SHM] = &ml_worker_end_shm,
        [ML_TRANSPORT_PICKLE] = &ml_worker_end_pickle,
        [ML_TRANSPORT_PICKLE_INLINE] = &ml_worker_end_pickle_inline,
    };
    if (end->wire->transport >= ML_TRANSPORT_COUNT)
        return ml_fail(err, ML_ERR_INTERNAL, "unknown transport", NULL,
                       "number %u", end->wire->transport);
    end->ops = kinds[end->wire->transport];
    end->track = ml_channel_track(end->channel, end->wire->tracks, 0);
    return end->ops->open(end, err);
}
