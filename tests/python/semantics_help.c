/* semantics_help.c: see semantics.h. */
#include "semantics.h"

json_t *raised(enum ml_sync_status status, const char *special)
{
    static const char *const names[ML_SYNC_STATUS_COUNT] = {
        [ML_SYNC_TIMEOUT] = "TimeoutError",
        [ML_SYNC_VALUE] = "ValueError",
        [ML_SYNC_NOT_OWNER] = "RuntimeError",
        [ML_SYNC_FULL] = "Full",
        [ML_SYNC_EMPTY] = "Empty",
        [ML_SYNC_CANCELLED] = "CancelledError",
        [ML_SYNC_ENDED] = "StopIteration",
        [ML_SYNC_NO_THREAD] = "RuntimeError",
    };
    if (status == ML_SYNC_OK)
        return json_null();
    const char *name = names[status] ? names[status] : special;
    assert(name);
    return json_string(name);
}

json_t *in_time(enum ml_sync_status status)
{
    assert(status == ML_SYNC_OK || status == ML_SYNC_TIMEOUT);
    return json_boolean(status == ML_SYNC_OK);
}
