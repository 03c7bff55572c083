/* option_scope.h: options that only some plans use.
 *
 * Options of worker processes need a stage of processes, those of the
 * interpreter lock a stage under it, those of the event loop a loop; the number
 * of readers needs a stage of that width, the depth of queues a queue.  `run`
 * refuses, by its name, an option that the plan does not use; `compare` passes
 * to each run the options that its plan uses, and refuses an option that no
 * plan uses.
 */
#ifndef ML_COMMAND_OPTIONS_OPTION_SCOPE_H
#define ML_COMMAND_OPTIONS_OPTION_SCOPE_H

#include "command/cli/command.h"
#include "pipeline/run.h"

/* The `scope` of an option in the table of `run`. */
enum ml_option_scope {
    ML_SCOPE_ANY,       /* every plan uses it */
    ML_SCOPE_PROCESSES, /* worker processes */
    ML_SCOPE_GIL,       /* stages of `gil` */
    ML_SCOPE_LOCK,      /* the same, and not free-threaded */
    ML_SCOPE_LOOP,      /* an event loop */
    ML_SCOPE_READERS,   /* a stage whose width is the number of readers */
    ML_SCOPE_QUEUES,    /* several stages, not inline */
    ML_SCOPE_COUNT
};

/* Does the plan use such options?  NULL: --mode auto has not chosen it yet; it
 * uses readers and queues, which the choice depends on, and no others. */
bool ml_option_is_used(enum ml_option_scope scope, const struct ml_plan *plan,
                       enum ml_gil_flavour flavour);

/* The error of an option that the plan does not use; `plan` names the plan,
 * like "mode threads". */
enum ml_status ml_option_unused(const struct ml_option *option,
                                const char *plan, enum ml_gil_flavour flavour,
                                struct ml_error *err);

#endif
