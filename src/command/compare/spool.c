/* spool.c: inputs that can be read only once, stored for all runs; see
 * compare_state.h.
 *
 * The filters of all options become one recipe.  A list of files that is a
 * pipe, and a picture on standard input, are copied to files.  A pipe may be
 * slow or never end, so the copy loop also waits for signals.
 */
#include "command/compare/compare_state.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/options/recipe_file.h"
#include "command/options/setup.h"
#include "files/output/atomic_write.h"

#define SPOOL_CHUNK 65536

/* Create a file in the work folder and store its path in `path`. */
static int spool_create(const struct ml_compare *compare, const char *name,
                        char path[ML_COMPARE_PATH])
{
    (void)snprintf(path, ML_COMPARE_PATH, "%s/%s", compare->work_dir.root,
                   name);
    return open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

static enum ml_status spool_recipe(struct ml_compare *compare,
                                   struct ml_error *err)
{
    struct ml_compare_spool *spool = &compare->spool;
    struct ml_strbuf text;
    char recipe[ML_RECIPE_BYTES_MAX];
    ml_strbuf_open(&text, recipe, sizeof recipe);
    ml_recipe_print(&compare->options.run.chain, &text);
    if (text.truncated)
        return ml_fail(err, ML_ERR_USAGE, "the filters are too long",
                       "shorten them", "more than %d bytes as a recipe",
                       ML_RECIPE_BYTES_MAX);
    const int fd = spool_create(compare, "recipe", spool->recipe);
    if (fd < 0)
        return ml_fail_os(err, errno, "cannot store the filters", NULL);
    const enum ml_status status = ml_write_all(fd, recipe, text.used, err);
    (void)close(fd);
    return status;
}

/* Wait until `from` can be read.  False: a signal arrived (*signal is set), or
 * waiting failed. */
static bool spool_wait(const struct ml_compare *compare, int from, int *signal)
{
    struct pollfd polls[] = {{.fd = from, .events = POLLIN},
                             {.fd = compare->stop_fd, .events = POLLIN}};
    struct signalfd_siginfo info;
    while (poll(polls, 2, -1) < 0) {
        if (errno != EINTR)
            return false;
    }
    if (!polls[1].revents)
        return true;
    if (read(compare->stop_fd, &info, sizeof info) == (ssize_t)sizeof info)
        *signal = (int)info.ssi_signo;
    return false;
}

/* Copy `from` to `to` until its end.  ML_ERR_CANCELLED: *signal arrived. */
static enum ml_status spool_copy(const struct ml_compare *compare, int from,
                                 int to, int *signal, struct ml_error *err)
{
    char chunk[SPOOL_CHUNK];
    for (;;) {
        errno = 0;
        if (!spool_wait(compare, from, signal))
            return *signal
                       ? ml_fail(err, ML_ERR_CANCELLED, "stopped", NULL,
                                 "while reading its input")
                       : ml_fail_os(err, errno, "cannot wait for input", NULL);
        const ssize_t got = read(from, chunk, sizeof chunk);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0)
            return ml_fail_os(err, errno, "cannot read the input", NULL);
        if (got == 0)
            return ML_OK;
        if (ml_write_all(to, chunk, (size_t)got, err) != ML_OK)
            return err->status;
    }
}

/* Must the list be copied?  The runs read a regular file themselves, and report
 * a missing one. */
static bool spool_is_needed(const char *list)
{
    struct stat status;
    return strcmp(list, "-") == 0 ||
           (stat(list, &status) == 0 && !S_ISREG(status.st_mode));
}

static enum ml_status spool_list(struct ml_compare *compare, int *signal,
                                 struct ml_error *err)
{
    const char *list = compare->options.run.files_from;
    struct ml_compare_spool *spool = &compare->spool;
    if (!list || !spool_is_needed(list))
        return ML_OK;
    /* O_NONBLOCK: open() must not wait for a writer; spool_wait() does, and
     * receives signals. */
    const int from = strcmp(list, "-") == 0
                         ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                         : open(list, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (from < 0)
        return ml_fail_os(err, errno, "cannot open the list of files",
                          "check the path given to --files-from");
    const int to = spool_create(compare, "list", spool->list);
    const enum ml_status status =
        to < 0 ? ml_fail_os(err, errno, "cannot store the list of files", NULL)
               : spool_copy(compare, from, to, signal, err);
    if (to >= 0)
        (void)close(to);
    (void)close(from);
    return status;
}

static enum ml_status spool_picture(struct ml_compare *compare, int *signal,
                                    struct ml_error *err)
{
    char path[ML_COMPARE_PATH];
    bool named = false;
    for (size_t i = 0; i < compare->operands.count; i++)
        named = named || strcmp(compare->operands.items[i], "-") == 0;
    if (!named)
        return ML_OK;
    if (ml_run_setup_check_stdin(&compare->options.run, "-", err) != ML_OK)
        return err->status;
    compare->spool.stdin_fd = spool_create(compare, "picture", path);
    if (compare->spool.stdin_fd < 0)
        return ml_fail_os(err, errno, "cannot store the picture", NULL);
    return spool_copy(compare, STDIN_FILENO, compare->spool.stdin_fd, signal,
                      err);
}

int ml_compare_spool(struct ml_compare *compare)
{
    struct ml_error err;
    int signal = 0;
    enum ml_status status = ML_OK;
    if (compare->options.run.chain.count > 0)
        status = spool_recipe(compare, &err);
    if (status == ML_OK)
        status = spool_picture(compare, &signal, &err);
    if (status == ML_OK)
        status = spool_list(compare, &signal, &err);
    if (signal != 0)
        return ml_compare_interrupted(compare, signal);
    if (status == ML_OK)
        return 0;
    (void)ml_command_fail(compare->command, &err);
    return ML_EXIT_USAGE; /* no run was started */
}
