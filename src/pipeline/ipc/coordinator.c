/* coordinator.c: the table of transports; see coordinator.h. */
#include "pipeline/ipc/coordinator.h"

const struct ml_transport_ops *ml_transport(enum ml_transport_id id)
{
    static const struct ml_transport_ops *const kinds[ML_TRANSPORT_COUNT] = {
        [ML_TRANSPORT_SHM] = &ml_transport_shm,
        [ML_TRANSPORT_PICKLE] = &ml_transport_pickle,
        [ML_TRANSPORT_PICKLE_INLINE] = &ml_transport_pickle_inline,
    };
    return kinds[id];
}
