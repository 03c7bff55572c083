/* error.h: the one error type.
 *
 * A function that can fail returns enum ml_status (must-check) and fills a
 * caller-owned struct ml_error.  The struct holds no pointer: it crosses
 * threads and processes by copying.  Reported as `path: step: what: why: what
 * to do`; the function that reports adds the path.
 */
#ifndef ML_BASE_ERROR_H
#define ML_BASE_ERROR_H

#include <stdint.h>

#define ML_MUST_CHECK __attribute__((warn_unused_result))
#define ML_PRINTF(text, args) __attribute__((format(printf, text, args)))

enum ml_status {
    ML_OK = 0,
    ML_ERR_USAGE,       /* option, filter, recipe, plan, template: exit 2 */
    ML_ERR_OS,          /* a system call failed: see os_errno */
    ML_ERR_FORMAT,      /* not a picture that any codec can read */
    ML_ERR_TRUNCATED,   /* the data ends early */
    ML_ERR_CORRUPT,     /* the data contradicts itself or its checksums */
    ML_ERR_WARNING,     /* readable, but refused under --fail-on warning */
    ML_ERR_UNSUPPORTED, /* a valid picture of a kind this build cannot take */
    ML_ERR_LIMIT,       /* refused by a limit; the remedy names the option */
    ML_ERR_EXISTS,      /* the output exists */
    ML_ERR_MEMORY,      /* an allocation failed */
    ML_ERR_CRASH,       /* the worker process crashed on it */
    ML_ERR_CANCELLED,   /* stopped by the user or by a failure limit */
    ML_ERR_INTERNAL,    /* a bug in minilab: exit 70 */
    ML_STATUS_COUNT
};

/* The step of a job that failed; see src/README.md. */
enum ml_step {
    ML_STEP_READ,
    ML_STEP_DECODE,
    ML_STEP_FILTER,
    ML_STEP_ENCODE,
    ML_STEP_WRITE,
    ML_STEP_COUNT,
    ML_STEP_NONE = ML_STEP_COUNT /* not within a step: planning, start-up */
};

struct ml_error {
    enum ml_status status;
    enum ml_step step;
    int os_errno;     /* 0 unless status is ML_ERR_OS */
    char what[96];    /* what happened: "JPEG data ends early" */
    char why[160];    /* the cause, with numbers */
    char remedy[112]; /* what to do; may be empty */
};

/* Fill *err and return `status`.  `what` and `remedy` are plain texts (remedy
 * may be NULL); `why_format` is a printf format.  Long texts are truncated. */
enum ml_status ml_fail(struct ml_error *err, enum ml_status status,
                       const char *what, const char *remedy,
                       const char *why_format, ...) ML_PRINTF(5, 6);

/* The remedy if the system refuses another thread or process. */
#define ML_MORE_PROCESSES "raise the limit of processes (ulimit -u)"

/* The same for a failed system call: status ML_ERR_OS, why = strerror(error).
 * ENOMEM becomes ML_ERR_MEMORY.  If `remedy` is NULL, use the usual one for
 * that errno (ENOSPC: free some space, ...). */
enum ml_status ml_fail_os(struct ml_error *err, int error, const char *what,
                          const char *remedy);

/* Name of a step ("decode"), of a status ("truncated", for --json). */
const char *ml_step_name(enum ml_step step);
const char *ml_status_name(enum ml_status status);

#endif
