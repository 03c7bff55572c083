/* gil_save.h: PyEval_SaveThread() and PyEval_RestoreThread(): release the GIL
 * around a call that blocks.  For a lock that knows its GIL but not its
 * callers: the caller holds the GIL, so the GIL's holder is the caller.
 */
#ifndef ML_PYTHON_GIL_SAVE_H
#define ML_PYTHON_GIL_SAVE_H

#include <stddef.h>

#include "gil/gil.h"

/* Release the GIL; returns its holder, for ml_gil_restore_thread().  `gil`
 * NULL: there is no interpreter; returns NULL, and restoring does nothing. */
static inline struct ml_gil_thread *ml_gil_save_thread(struct ml_gil *gil)
{
    if (!gil || gil->flavour == ML_GIL_OFF)
        return NULL;
    /* Only the thread that holds the GIL, this one, writes `holder`. */
    struct ml_gil_thread *thread = gil->holder;
    ml_gil_release(gil, thread);
    return thread;
}

static inline void ml_gil_restore_thread(struct ml_gil *gil,
                                         struct ml_gil_thread *thread)
{
    if (thread)
        ml_gil_acquire(gil, thread);
}

#endif
