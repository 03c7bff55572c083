/* status.c: see status.h. */
#include "async/status.h"

static const char *const sync_names[] = {
    "ok",        "timeout", "value",     "not owner", "full",  "empty",
    "shut down", "broken",  "cancelled", "raised",    "ended", "no thread"};

_Static_assert(sizeof sync_names / sizeof *sync_names == ML_SYNC_STATUS_COUNT,
               "one name a status");

const char *ml_sync_name(enum ml_sync_status status)
{
    return (unsigned)status < ML_SYNC_STATUS_COUNT ? sync_names[status] : "?";
}
