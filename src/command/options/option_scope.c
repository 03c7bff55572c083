/* option_scope.c: see option_scope.h. */
#include "command/options/option_scope.h"

static bool scope_has_executor(const struct ml_plan *plan,
                               enum ml_executor_kind executor)
{
    for (size_t i = 0; plan && i < plan->count; i++) {
        if (plan->stages[i].executor == executor)
            return true;
    }
    return false;
}

static bool scope_has_readers(const struct ml_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->stages[i].by_readers)
            return true;
    }
    return false;
}

bool ml_option_is_used(enum ml_option_scope scope, const struct ml_plan *plan,
                       enum ml_gil_flavour flavour)
{
    switch (scope) {
    case ML_SCOPE_PROCESSES:
        return scope_has_executor(plan, ML_PROCESSES);
    case ML_SCOPE_GIL:
        return scope_has_executor(plan, ML_GIL);
    case ML_SCOPE_LOCK:
        return scope_has_executor(plan, ML_GIL) && flavour != ML_GIL_OFF;
    case ML_SCOPE_LOOP:
        return scope_has_executor(plan, ML_LOOP);
    case ML_SCOPE_READERS:
        return !plan || scope_has_readers(plan);
    case ML_SCOPE_QUEUES:
        return !plan ||
               (plan->count > 1 && plan->stages[0].executor != ML_INLINE);
    case ML_SCOPE_ANY:
    case ML_SCOPE_COUNT:
        break;
    }
    return true;
}

enum ml_status ml_option_unused(const struct ml_option *option,
                                const char *plan, enum ml_gil_flavour flavour,
                                struct ml_error *err)
{
    static const struct {
        const char *what, *remedy;
    } texts[ML_SCOPE_COUNT] = {
        [ML_SCOPE_PROCESSES] = {"there are no worker processes",
                                "leave it out, or add --mode processes"},
        [ML_SCOPE_GIL] = {"no stage runs under the interpreter lock",
                          "leave it out, or add --mode gil"},
        [ML_SCOPE_LOCK] = {"there is no interpreter lock",
                           "leave it out, or add --mode gil"},
        [ML_SCOPE_LOOP] = {"there is no event loop",
                           "leave it out, or add --mode async"},
        [ML_SCOPE_READERS] = {"the number of readers is fixed",
                              "leave it out, or add --mode threads"},
        [ML_SCOPE_QUEUES] = {"there are no queues",
                             "leave it out, or add --mode threads"},
    };
    const unsigned scope = option->scope;
    const char *remedy =
        scope == ML_SCOPE_LOCK && flavour == ML_GIL_OFF
            ? "leave it out, or leave out --gil-flavour 3.13t, which has none"
            : texts[scope].remedy;
    char what[96];
    struct ml_strbuf text;
    ml_strbuf_open(&text, what, sizeof what);
    ml_strbuf_add(&text, "--%s: %s", option->name, texts[scope].what);
    return ml_fail(err, ML_ERR_USAGE, what, remedy, "%s", plan);
}
