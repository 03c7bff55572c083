/* command.h: what a command is, its options, and how it reports an error.
 *
 * Each command is one const struct with a table of options; --help, -h, the
 * suggestions for misspelt names and later man pages and completion come from
 * these tables alone.  A row gives the type of the option's value and the field
 * of the command's settings that stores it; an option that no type of value
 * fits has a function of its own.
 */
#ifndef ML_COMMAND_CLI_COMMAND_H
#define ML_COMMAND_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum ml_exit {
    ML_EXIT_OK = 0,
    ML_EXIT_SOME_FAILED = 1,
    ML_EXIT_USAGE = 2,
    ML_EXIT_NOTHING = 3,
    ML_EXIT_DIFFERENT = 6,
    ML_EXIT_INTERNAL = 70,
    ML_EXIT_STOPPED = 75,
    ML_EXIT_SANDBOX = 78,
    ML_EXIT_INTERRUPTED = 130
};

#define ML_OPTION_MAX 128 /* options a command may have */

/* The type of an option's value, and of the field that stores it. */
enum ml_option_type {
    ML_OPTION_HOOK,     /* `apply` parses and stores it */
    ML_OPTION_FLAG,     /* bool, set to true; the option takes no value */
    ML_OPTION_ON_OFF,   /* bool: "on", "off" */
    ML_OPTION_INTEGER,  /* int, unsigned, uint64_t: a whole number */
    ML_OPTION_COUNT,    /* uint64_t: "256M", at least 1 */
    ML_OPTION_SIZE,     /* uint64_t: bytes, "300k", at least 1 */
    ML_OPTION_DURATION, /* uint64_t: nanoseconds, "20ms" */
    ML_OPTION_CHOICE,   /* an enum, bool, uint16_t: a word of a list */
    ML_OPTION_TEXT,     /* const char *: a pointer into argv */
    ML_OPTION_TEXTS     /* struct ml_option_texts: appended to it */
};

#define ML_OPTION_TEXTS_MAX 64

/* Values of an option that may be repeated; pointers into argv. */
struct ml_option_texts {
    const char *items[ML_OPTION_TEXTS_MAX];
    size_t count;
};

struct ml_option {
    const char *name;     /* long form without dashes */
    char letter;          /* short form, or 0 */
    const char *argument; /* "N", "DIR"; NULL for a switch */
    const char *group;    /* heading in --help */
    const char *help;     /* lower case, no full stop; may have newlines */
    /* ML_OPTION_HOOK: parse and store the value, NULL for a switch.  On
     * ML_ERR_USAGE, err->what and err->remedy are printed after the option's
     * name. */
    enum ml_status (*apply)(void *settings, const char *value,
                            struct ml_error *err);
    /* All other types: set by the ML_SET_ macros below. */
    enum ml_option_type type;
    size_t offset, bytes;       /* of the field, in the command's settings */
    uint64_t min, max;          /* of integers, counts, durations */
    const char *const *choices; /* NULL-terminated */
    /* Or the names from another table; NULL after the last. */
    const char *(*choice_name)(size_t index);
    const uint16_t *choice_values; /* NULL: 0, 1, 2 and so on */
    const char *zero_word;         /* a word for 0, like "auto"; or NULL */
    const char *what, *remedy; /* error of a bad value; NULL: the type's own */
    /* Offset of a bool that becomes true when the option is given; 0: none. */
    size_t given;
    /* For options of `run`, an enum ml_option_scope: the plans that use it; 0:
     * all plans. */
    unsigned scope;
    /* Only for a single run: a command that inherits the table refuses it. */
    bool one_run;
};

/* The last row of every table. */
#define ML_OPTIONS_END                                                         \
    {                                                                          \
        .name = NULL                                                           \
    }

/* Store the value in `field` of `struct settings`, whose type the compiler
 * checks. */
#define ML_SET_FLAG(settings, field)                                           \
    ML_SET_FIELD(ML_OPTION_FLAG, settings, field, bool)
#define ML_SET_ON_OFF(settings, field)                                         \
    ML_SET_FIELD(ML_OPTION_ON_OFF, settings, field, bool)
#define ML_SET_SIZE(settings, field)                                           \
    ML_SET_FIELD(ML_OPTION_SIZE, settings, field, uint64_t)
#define ML_SET_TEXT(settings, field)                                           \
    ML_SET_FIELD(ML_OPTION_TEXT, settings, field, const char *)
#define ML_SET_TEXTS(settings, field)                                          \
    ML_SET_FIELD(ML_OPTION_TEXTS, settings, field, struct ml_option_texts)
#define ML_SET_COUNT(settings, field, most)                                    \
    ML_SET_FIELD(ML_OPTION_COUNT, settings, field, uint64_t), .max = (most)
#define ML_SET_DURATION(settings, field, least, most)                          \
    ML_SET_FIELD(ML_OPTION_DURATION, settings, field, uint64_t),               \
        .min = (least), .max = (most)
#define ML_SET_INTEGER(settings, field, least, most)                           \
    .type = ML_OPTION_INTEGER,                                                 \
    .offset = _Generic(((struct settings *)0)->field, int                      \
                       : offsetof(struct settings, field), unsigned            \
                       : offsetof(struct settings, field), uint64_t            \
                       : offsetof(struct settings, field)),                    \
    .bytes = sizeof(((struct settings *)0)->field), .min = (least),            \
    .max = (most)
/* The row also sets `choices` or `choice_name`. */
#define ML_SET_CHOICE(settings, field)                                         \
    .type = ML_OPTION_CHOICE,                                                  \
    .offset = _Generic(((struct settings *)0)->field, bool                     \
                       : offsetof(struct settings, field), uint16_t            \
                       : offsetof(struct settings, field), unsigned            \
                       : offsetof(struct settings, field)),                    \
    .bytes = sizeof(((struct settings *)0)->field)
#define ML_SET_FIELD(kind, settings, field, c_type)                            \
    .type = (kind),                                                            \
    .offset = _Generic(((struct settings *)0)->field, c_type                   \
                       : offsetof(struct settings, field)),                    \
    .bytes = sizeof(c_type)
/* The names of a choice, in the order of its values. */
#define ML_CHOICES(...)                                                        \
    .choices = (const char *const[])                                           \
    {                                                                          \
        __VA_ARGS__, NULL                                                      \
    }

struct ml_command {
    const char *name;
    const char *summary;  /* one line */
    const char *operands; /* "PATH...", "" */
    const char *examples; /* whole lines, each a command that works */
    const struct ml_option *options; /* up to ML_OPTIONS_END; NULL: none */
    /* The options of another command, whose settings are the first member of
     * this command's.  Left out: rows that `options` names too, and rows with
     * one_run. */
    const struct ml_option *inherited_options;
    /* Called after each option is stored; or NULL. */
    void (*on_option)(void *settings, const struct ml_option *option,
                      const char *value);
    /* argv[0] is the command's name; returns the exit code. */
    int (*run)(const struct ml_command *command, int argc, char **argv);
};

/* Arguments of a command that are no options. */
struct ml_operands {
    char **items; /* within argv, which is permuted */
    size_t count;
};

/* All options of a command, its own first; returns their count. */
size_t ml_command_options(const struct ml_command *command,
                          const struct ml_option *options_out[ML_OPTION_MAX]);

/* Print "minilab COMMAND: what: why: remedy" to stderr (empty parts left out,
 * control characters escaped) and return the exit code of the status. `command`
 * may be NULL: "minilab: what: ...". */
int ml_command_fail(const struct ml_command *command,
                    const struct ml_error *err);

/* The same for operands that the command refuses; exit code 2. */
int ml_command_usage_error(const struct ml_command *command, const char *what,
                           const char *why, const char *remedy);

#endif
