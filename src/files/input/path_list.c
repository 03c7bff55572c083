/* path_list.c: see path_list.h. */
#include "files/input/path_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum ml_status ml_path_list_open(struct ml_path_list *paths, const char *list,
                                 bool nul, struct ml_error *err)
{
    *paths = (struct ml_path_list){.end = nul ? '\0' : '\n'};
    const int fd = strcmp(list, "-") == 0
                       ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                       : open(list, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    paths->stream = fd < 0 ? NULL : fdopen(fd, "r");
    if (paths->stream)
        return ML_OK;
    const int error = errno;
    if (fd >= 0)
        (void)close(fd);
    char text[128];
    return ml_fail(err, ML_ERR_USAGE, "the list of files cannot be opened",
                   "check the path given to --files-from", "%s",
                   strerror_r(error, text, sizeof text));
}

/* Remove the end mark of the item of `length` bytes; false if it has a NUL
 * inside. */
static bool path_list_trim(struct ml_path_list *paths, size_t length)
{
    if (length > 0 && paths->item[length - 1] == (char)paths->end)
        paths->item[--length] = '\0';
    return strlen(paths->item) == length;
}

enum ml_status ml_path_list_next(struct ml_path_list *paths,
                                 const char **path_out, struct ml_error *err)
{
    *path_out = NULL;
    for (;;) {
        errno = 0;
        const ssize_t length = getdelim(&paths->item, &paths->item_capacity,
                                        paths->end, paths->stream);
        if (length < 0 && (errno == ENOMEM || ferror(paths->stream)))
            return ml_fail_os(err, errno, "the list of files cannot be read",
                              NULL);
        if (length < 0)
            return ML_OK;
        paths->number++;
        if (!path_list_trim(paths, (size_t)length))
            return ml_fail(err, ML_ERR_USAGE, "bad list of files",
                           "use -0 for a list that find -print0 made",
                           "line %zu holds a NUL byte", paths->number);
        if (paths->item[0] != '\0') {
            *path_out = paths->item;
            return ML_OK;
        }
    }
}

void ml_path_list_close(struct ml_path_list *paths)
{
    (void)fclose(paths->stream);
    free(paths->item);
}
