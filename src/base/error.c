/* error.c: filling and naming errors.  Pure functions, safe anywhere. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const step_names[] = {"read",   "decode", "filter",
                                         "encode", "write",  "plan"};

static const char *const status_names[] = {
    "ok",      "usage",   "os",          "format",  "truncated",
    "corrupt", "warning", "unsupported", "limit",   "exists",
    "memory",  "crash",   "cancelled",   "internal"};

_Static_assert(sizeof status_names / sizeof *status_names == ML_STATUS_COUNT,
               "one name a status");

const char *ml_step_name(enum ml_step step)
{
    return step_names[(unsigned)step <= ML_STEP_NONE ? step : ML_STEP_NONE];
}

const char *ml_status_name(enum ml_status status)
{
    return (unsigned)status < ML_STATUS_COUNT ? status_names[status]
                                              : "internal";
}

enum ml_status ml_fail(struct ml_error *err, enum ml_status status,
                       const char *what, const char *remedy,
                       const char *why_format, ...)
{
    memset(err, 0, sizeof *err);
    err->status = status;
    err->step = ML_STEP_NONE;
    (void)snprintf(err->what, sizeof err->what, "%s", what);
    if (remedy)
        (void)snprintf(err->remedy, sizeof err->remedy, "%s", remedy);
    va_list args;
    va_start(args, why_format);
    (void)vsnprintf(err->why, sizeof err->why, why_format, args);
    va_end(args);
    return status;
}

static const char *error_usual_remedy(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return "free some space on the target, then run again";
    case EACCES:
    case EPERM:
        return "check the permissions";
    case ENOENT:
    case ENOTDIR:
        return "check that it is still there";
    case EMFILE:
    case ENFILE:
        return "raise the limit of open files (ulimit -n)";
    case EFBIG:
        return "raise the limit of file sizes (ulimit -f)";
    case ENAMETOOLONG:
        return "choose a shorter name with --name";
    case EROFS:
        return "choose an output folder that can be written";
    case ENOMEM:
        return "lower --jobs or --memory";
    default:
        return "";
    }
}

enum ml_status ml_fail_os(struct ml_error *err, int error, const char *what,
                          const char *remedy)
{
    char text[128];
    const char *why = strerror_r(error, text, sizeof text);
    const enum ml_status status = error == ENOMEM ? ML_ERR_MEMORY : ML_ERR_OS;
    ml_fail(err, status, what, remedy ? remedy : error_usual_remedy(error),
            "%s", why);
    err->os_errno = error;
    return status;
}
