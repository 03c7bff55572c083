/* recipe_file.c: see recipe_file.h. */
#include "command/options/recipe_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files/input/read.h"

/* The user's folder of recipes; false when the environment names none.  The
 * XDG rules ignore a path that is not absolute. */
static bool recipe_folder(struct ml_strbuf *path)
{
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    if (config && config[0] == '/')
        ml_strbuf_add(path, "%s/minilab", config);
    else if (home && home[0] == '/')
        ml_strbuf_add(path, "%s/.config/minilab", home);
    return path->used > 0 && !path->truncated;
}

/* A system error as a usage error: the user named the recipe. */
static enum ml_status recipe_fail_os(int error, const char *remedy,
                                     const char *shown, struct ml_error *err)
{
    (void)ml_fail_os(err, error, "cannot read the recipe", remedy);
    char why[sizeof err->why];
    (void)snprintf(why, sizeof why, "%.100s: %.50s", shown, err->why);
    memcpy(err->why, why, sizeof why);
    err->status = ML_ERR_USAGE;
    return err->status;
}

static enum ml_status recipe_parse_fd(struct ml_chain *chain, const char *shown,
                                      int fd, struct ml_error *err)
{
    char *data = malloc(ML_RECIPE_BYTES_MAX + 1);
    enum ml_status status;
    if (!data)
        return recipe_fail_os(ENOMEM, "free some memory", shown, err);
    const ssize_t length = ml_read_up_to(fd, data, ML_RECIPE_BYTES_MAX + 1);
    if (length < 0)
        status = recipe_fail_os(errno, "name a recipe file", shown, err);
    else if (length > ML_RECIPE_BYTES_MAX)
        status =
            ml_fail(err, ML_ERR_USAGE, "recipe too long", "shorten it",
                    "%.80s: more than %d bytes", shown, ML_RECIPE_BYTES_MAX);
    else
        status = ml_recipe_parse(chain, shown, data, (size_t)length, err);
    free(data);
    return status;
}

enum ml_status ml_recipe_read(struct ml_chain *chain, const char *name,
                              struct ml_error *err)
{
    char buffer[PATH_MAX];
    struct ml_strbuf path;
    const char *remedy = NULL;
    ml_strbuf_open(&path, buffer, sizeof buffer);
    if (strchr(name, '/') || access(name, F_OK) == 0) {
        ml_strbuf_add(&path, "%s", name);
    } else {
        if (!recipe_folder(&path))
            return recipe_fail_os(ENOENT, "set HOME, or write ./NAME", name,
                                  err);
        ml_strbuf_add(&path, "/%s.recipe", name);
        remedy =
            "put it there, or write ./NAME for a file in the current folder";
    }
    if (path.truncated)
        return recipe_fail_os(ENAMETOOLONG, "use a shorter path", name, err);
    const int fd = open(buffer, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return recipe_fail_os(errno, remedy, buffer, err);
    const enum ml_status status = recipe_parse_fd(chain, buffer, fd, err);
    (void)close(fd);
    return status;
}
