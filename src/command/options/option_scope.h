/* option_scope.h: options that mean nothing to some plans.
 *
 * Those of worker processes need a stage of processes, those of the interpreter
 * lock a stage under it, those of the event loop a loop, the number of readers
 * a stage of that width, the depth of queues a queue.  `run` refuses one that
 * the plan has no use for, by its name; `compare` gives each run those that its
 * plan can use, and refuses one that none of them can.
 */
#ifndef ML_COMMAND_OPTIONS_OPTION_SCOPE_H
#define ML_COMMAND_OPTIONS_OPTION_SCOPE_H

#include "command/cli/command.h"
#include "pipeline/run.h"

/* The `scope` of an option in the table of `run`. */
enum ml_option_scope {
    ML_SCOPE_ANY,       /* every plan has one */
    ML_SCOPE_PROCESSES, /* worker processes */
    ML_SCOPE_GIL,       /* stages of `gil` */
    ML_SCOPE_LOCK,      /* likewise, and not free-threaded */
    ML_SCOPE_LOOP,      /* an event loop */
    ML_SCOPE_READERS,   /* a stage as wide as there are readers */
    ML_SCOPE_QUEUES,    /* several stages, not inline */
    ML_SCOPE_COUNT
};

/* Has the plan a use for such options?  NULL: a plan that is not chosen yet,
 * where readers and queues are what it is chosen with; others are refused. */
bool ml_option_is_used(enum ml_option_scope scope, const struct ml_plan *plan,
                       enum ml_gil_flavour flavour);

/* The error of an option that is not used; `plan` says what is run, like "mode
 * threads". */
enum ml_status ml_option_unused(const struct ml_option *option,
                                const char *plan, enum ml_gil_flavour flavour,
                                struct ml_error *err);

#endif
