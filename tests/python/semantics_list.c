/* semantics_list.c: all tables of questions. */
#include "semantics.h"

const struct question *const questions[] = {
    questions_locks,    questions_condition,
    questions_queue,    questions_executor,
    questions_async,    questions_async_wait,
    questions_mp_queue, questions_process,
    questions_pool,     NULL,
};
