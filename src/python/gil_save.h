/* gil_save.h: letting go of the interpreter around what blocks, for a lock that
 * knows its interpreter but not its callers: PyEval_SaveThread() and
 * PyEval_RestoreThread().  The caller holds the GIL, so the holder is the
 * caller.
 */
#ifndef ML_PYTHON_GIL_SAVE_H
#define ML_PYTHON_GIL_SAVE_H

#include <stddef.h>

#include "gil/gil.h"

/* Release it; returns its holder, for ml_gil_restore_thread().  NULL is no
 * interpreter, and, returned, none to be taken again. */
static inline struct ml_gil_thread *ml_gil_save_thread(struct ml_gil *gil)
{
    if (!gil || gil->flavour == ML_GIL_OFF)
        return NULL;
    /* Only the thread that holds the GIL writes there: this one. */
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
