/* semantics.h: questions on what Python's synchronisation does, one a function.
 *
 * A question sets something up, lets it happen, and answers in JSON: what a
 * Python script that does the same would print.  Where such a script sleeps
 * until others have come to wait, a function here looks until they have.
 *
 * To ask more: a function, and a row in the table of its file; a new file has a
 * table of its own, declared here and listed in semantics_list.c.
 */
#ifndef ML_TESTS_PYTHON_SEMANTICS_H
#define ML_TESTS_PYTHON_SEMANTICS_H

#include <jansson.h>

#include "async/status.h"
#include "support/threads.h"

struct question {
    const char *name;
    json_t *(*answer)(void);
    const char *expected; /* by CPython 3.11, in JSON */
};

/* Tables, each ended by a row without a name, and a NULL after the last. */
extern const struct question *const questions[];
extern const struct question questions_locks[];
extern const struct question questions_condition[];
extern const struct question questions_queue[];
extern const struct question questions_executor[];
extern const struct question questions_async[];
extern const struct question questions_async_wait[];
extern const struct question questions_mp_queue[];
extern const struct question questions_process[];
extern const struct question questions_pool[];

/* A question starts this program as a process of its own: was it, and what it
 * then does; what main() is to return (semantics_mp_queue.c). */
bool semantics_is_child(int argc, char **argv);
int semantics_child_main(char **argv);

/* ---- for those who answer (semantics_help.c) ---- */

/* None, or the name of what Python raises; `special` is the name where a status
 * has more than one (BROKEN, RAISED, SHUT_DOWN), else NULL. */
json_t *raised(enum ml_sync_status status, const char *special);
/* What acquire() and wait() return: True, or False when the time was over. */
json_t *in_time(enum ml_sync_status status);

#endif
