/* option_scope.c: see option_scope.h. */
#include "command/options/option_scope.h"

#include <string.h>

static const struct {
    const char *name;
    enum ml_option_use use;
} uses[] = {
    {"transport", ML_USE_PROCESSES},
    {"pool", ML_USE_PROCESSES},
    {"chunk", ML_USE_PROCESSES},
    {"tasks-per-child", ML_USE_PROCESSES},
    {"gil", ML_USE_LOCK},
    {"gil-flavour", ML_USE_GIL},
    {"gil-interval", ML_USE_LOCK},
    {"gil-scope", ML_USE_LOCK},
    {"loop-lag", ML_USE_LOOP},
    {"io", ML_USE_READERS},
    {"queue", ML_USE_QUEUES},
};

enum ml_option_use ml_option_use(const char *name)
{
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        if (strcmp(uses[i].name, name) == 0)
            return uses[i].use;
    }
    return ML_USE_ANY;
}

static bool use_has_executor(const struct ml_plan *plan,
                             enum ml_executor_kind executor)
{
    for (size_t i = 0; plan && i < plan->count; i++) {
        if (plan->stages[i].executor == executor)
            return true;
    }
    return false;
}

static bool use_has_readers(const struct ml_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->stages[i].by_readers)
            return true;
    }
    return false;
}

bool ml_option_is_used(enum ml_option_use use, const struct ml_plan *plan,
                       enum ml_gil_flavour flavour)
{
    switch (use) {
    case ML_USE_PROCESSES:
        return use_has_executor(plan, ML_PROCESSES);
    case ML_USE_GIL:
        return use_has_executor(plan, ML_GIL);
    case ML_USE_LOCK:
        return use_has_executor(plan, ML_GIL) && flavour != ML_GIL_OFF;
    case ML_USE_LOOP:
        return use_has_executor(plan, ML_LOOP);
    case ML_USE_READERS:
        return !plan || use_has_readers(plan);
    case ML_USE_QUEUES:
        return !plan ||
               (plan->count > 1 && plan->stages[0].executor != ML_INLINE);
    case ML_USE_ANY:
    case ML_USE_COUNT:
        break;
    }
    return true;
}

enum ml_status ml_option_unused(const char *name, const char *plan,
                                enum ml_gil_flavour flavour,
                                struct ml_error *err)
{
    static const struct {
        const char *what, *remedy;
    } texts[ML_USE_COUNT] = {
        [ML_USE_PROCESSES] = {"there are no worker processes",
                              "leave it out, or add --mode processes"},
        [ML_USE_GIL] = {"nothing is under the interpreter lock",
                        "leave it out, or add --mode gil"},
        [ML_USE_LOCK] = {"there is no interpreter lock",
                         "leave it out, or add --mode gil"},
        [ML_USE_LOOP] = {"there is no event loop",
                         "leave it out, or add --mode async"},
        [ML_USE_READERS] = {"how many read at a time is fixed",
                            "leave it out, or add --mode threads"},
        [ML_USE_QUEUES] = {"there are no queues",
                           "leave it out, or add --mode threads"},
    };
    const enum ml_option_use use = ml_option_use(name);
    const char *remedy =
        use == ML_USE_LOCK && flavour == ML_GIL_OFF
            ? "leave it out, or leave out --gil-flavour 3.13t, which has none"
            : texts[use].remedy;
    char what[96];
    struct ml_strbuf text;
    ml_strbuf_open(&text, what, sizeof what);
    ml_strbuf_add(&text, "--%s: %s", name, texts[use].what);
    return ml_fail(err, ML_ERR_USAGE, what, remedy, "%s", plan);
}
