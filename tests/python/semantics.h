/* semantics.h: questions on Python's synchronisation, one a function.
 *
 * A question sets up objects, runs threads, and returns an answer in JSON: the
 * same as a Python script that does the same prints.  Where the script sleeps
 * until other threads wait, a function here polls until they do.
 *
 * To add a question: a function, and a row in the table of its file; a new file
 * has a table of its own, declared here and listed in semantics_list.c.
 */
#ifndef ML_TESTS_PYTHON_SEMANTICS_H
#define ML_TESTS_PYTHON_SEMANTICS_H

#include <jansson.h>

#include "async/status.h"
#include "support/threads.h"

struct question {
    const char *name;
    json_t *(*answer)(void);
    const char *expected; /* CPython 3.11's answer, in JSON */
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

/* A question starts this program as a process of its own: is this one, and its
 * main(); returns the exit code (semantics_mp_queue.c). */
bool semantics_is_child(int argc, char **argv);
int semantics_child_main(char **argv);

/* ---- for the questions (semantics_help.c) ---- */

/* None, or the name of the exception that Python raises; `special` is the name
 * if a status has more than one (BROKEN, RAISED, SHUT_DOWN), else NULL. */
json_t *raised(enum ml_sync_status status, const char *special);
/* The result of acquire() and wait(): True, or False after a timeout. */
json_t *in_time(enum ml_sync_status status);

#endif
