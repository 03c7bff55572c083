/* walk.c: see walk.h.
 *
 * A stack of folders to enter replaces recursion, so depth costs no C stack and
 * only one folder is open at a time.  A folder's entries are listed and sorted,
 * its files probed, then its folders pushed in reverse order.
 */
#include "files/input/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/input/dir_listing.h"
#include "files/input/glob.h"
#include "files/input/path_list.h"
#include "files/input/probe.h"
#include "files/input/temp_name.h"
#include "files/input/visited_set.h"

/* A folder to enter; or to leave, once all below it is done. */
struct walk_step {
    uint32_t folder;
    uint32_t depth; /* of its entries; 1 directly below the argument */
    uint32_t inputs_before;
    bool leave;
};

struct walk {
    struct ml_inputs *inputs;
    const struct ml_walk_options *options;
    struct ml_walk_stats *stats;
    struct ml_error *err;
    struct walk_step *steps;
    size_t step_count, step_capacity;
    struct ml_dir_listing listing; /* of the folder being entered */
    struct ml_visited_set visited; /* folders below this argument */
};

/* One entry of a folder, or an argument. */
struct walk_entry {
    int folder_fd;    /* AT_FDCWD for an argument */
    const char *name; /* relative to folder_fd */
    const char *path; /* argument as typed, and the path below it */
    size_t path_length;
    uint32_t folder; /* ML_NO_FOLDER for an argument */
};

static enum ml_status walk_no_memory(struct ml_error *err)
{
    return ml_fail_os(err, ENOMEM, "cannot hold the list of files",
                      "give fewer inputs at once");
}

static bool walk_is_named(const struct walk *walk, const char *path)
{
    const struct ml_classifier *c = &walk->options->classifier;
    return c->named(c->context, path) != ML_NOT_PICTURE;
}

/* ---- one file ---- */

static enum ml_status walk_add(const struct walk *walk,
                               const struct walk_entry *entry,
                               struct ml_input *input)
{
    input->folder = entry->folder;
    input->name = entry->folder == ML_NO_FOLDER ? entry->path : entry->name;
    input->name_length = (uint16_t)strlen(input->name);
    return ml_inputs_add(walk->inputs, input, walk->err);
}

/* Add an argument always; an entry of a folder if it is a picture or is named
 * like one. */
static enum ml_status walk_add_or_skip(const struct walk *walk,
                                       const struct walk_entry *entry,
                                       struct ml_input *input)
{
    if (input->problem != ML_PROBLEM_NONE && entry->folder != ML_NO_FOLDER &&
        !walk_is_named(walk, entry->path)) {
        walk->stats->other_files++;
        return ML_OK;
    }
    return walk_add(walk, entry, input);
}

/* `file_stat`: as of ml_probe_file(). */
static enum ml_status walk_file(const struct walk *walk,
                                const struct walk_entry *entry,
                                const struct stat *file_stat)
{
    struct ml_input input;
    ml_probe_file(&walk->options->classifier, entry->folder_fd, entry->name,
                  entry->path, file_stat, &input);
    return walk_add_or_skip(walk, entry, &input);
}

static enum ml_status walk_add_unreadable(const struct walk *walk,
                                          const struct walk_entry *entry,
                                          int error)
{
    struct ml_input input = {.format = ML_NOT_PICTURE};
    ml_probe_failed(&input, error);
    return walk_add_or_skip(walk, entry, &input);
}

/* Record a problem of a folder under its path, whatever its name, because
 * pictures in it may be missed. */
static enum ml_status walk_folder_problem(const struct walk *walk,
                                          const struct ml_folder *folder,
                                          enum ml_problem problem, int error)
{
    const struct walk_entry entry = {.path = folder->path,
                                     .path_length = folder->path_length,
                                     .folder = ML_NO_FOLDER};
    struct ml_input input = {.format = ML_NOT_PICTURE,
                             .problem = (uint8_t)problem,
                             .os_errno = (uint8_t)error};
    return walk_add(walk, &entry, &input);
}

/* ---- the entries of a folder ---- */

static const char *walk_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool walk_matches(const struct ml_globs *globs, const char *relative)
{
    const char *base = walk_base_name(relative);
    for (size_t i = 0; i < globs->count; i++) {
        if (ml_glob_match(globs->patterns[i], relative) ||
            ml_glob_match(globs->patterns[i], base))
            return true;
    }
    return false;
}

/* A pattern may end with a slash to mean folders only. */
static bool walk_folder_matches(const struct ml_globs *globs,
                                const char *relative)
{
    char with_slash[ML_INPUT_PATH_MAX + 1];
    const size_t length = strlen(relative);
    memcpy(with_slash, relative, length);
    with_slash[length] = '/';
    with_slash[length + 1] = '\0';
    const char *slash = strrchr(relative, '/');
    const char *base = with_slash + (slash ? slash + 1 - relative : 0);
    for (size_t i = 0; i < globs->count; i++) {
        if (ml_glob_match(globs->patterns[i], with_slash) ||
            ml_glob_match(globs->patterns[i], base))
            return true;
    }
    return walk_matches(globs, relative);
}

static bool walk_selects_file(const struct walk *walk, const char *relative)
{
    const struct ml_walk_options *options = walk->options;
    const bool selected = !walk_matches(&options->exclude, relative) &&
                          (options->include.count == 0 ||
                           walk_matches(&options->include, relative));
    walk->stats->excluded += !selected;
    return selected;
}

/* Add the folder to the list; walk_may_enter() decides later. */
static enum ml_status walk_subfolder(const struct walk *walk,
                                     const struct walk_entry *entry,
                                     size_t relative_offset)
{
    if (walk_folder_matches(&walk->options->exclude,
                            entry->path + relative_offset)) {
        walk->stats->excluded++;
        return ML_OK;
    }
    const struct ml_folder folder = {
        .path = entry->path,
        .path_length = (uint16_t)entry->path_length,
        .relative_offset = (uint16_t)relative_offset};
    return ml_inputs_add_folder(walk->inputs, &folder, walk->err);
}

/* A symbolic link, or an entry whose type readdir did not report. */
static enum ml_status walk_unknown(const struct walk *walk,
                                   const struct walk_entry *entry,
                                   size_t relative_offset)
{
    const char *relative = entry->path + relative_offset;
    struct stat file_stat, link;
    if (fstatat(entry->folder_fd, entry->name, &file_stat, 0) != 0) {
        const int error = errno;
        return walk_selects_file(walk, relative)
                   ? walk_add_unreadable(walk, entry, error)
                   : ML_OK;
    }
    if (!S_ISDIR(file_stat.st_mode))
        return walk_selects_file(walk, relative)
                   ? walk_file(walk, entry, &file_stat)
                   : ML_OK;
    const bool is_link = fstatat(entry->folder_fd, entry->name, &link,
                                 AT_SYMLINK_NOFOLLOW) == 0 &&
                         S_ISLNK(link.st_mode);
    if (is_link && !walk->options->follow) {
        walk->stats->links++;
        return ML_OK;
    }
    return walk_subfolder(walk, entry, relative_offset);
}

static enum ml_status walk_one(const struct walk *walk,
                               const struct walk_entry *entry,
                               size_t relative_offset, unsigned char type)
{
    if (ml_temp_is_name(entry->name)) {
        walk->stats->outputs++;
        return ML_OK;
    }
    if (type == DT_DIR)
        return walk_subfolder(walk, entry, relative_offset);
    if (type != DT_REG)
        return walk_unknown(walk, entry, relative_offset);
    return walk_selects_file(walk, entry->path + relative_offset)
               ? walk_file(walk, entry, NULL)
               : ML_OK;
}

static enum ml_status walk_entries(struct walk *walk, uint32_t index, int fd)
{
    const struct ml_folder folder = *ml_inputs_folder(walk->inputs, index);
    char path[ML_INPUT_PATH_MAX];
    size_t base = folder.path_length;
    memcpy(path, folder.path, base);
    if (base > 0 && path[base - 1] != '/')
        path[base++] = '/';
    const bool is_argument = folder.relative_offset == folder.path_length;
    const size_t offset = is_argument ? base : folder.relative_offset;
    for (size_t i = 0; i < walk->listing.count; i++) {
        unsigned char type;
        const char *name = ml_dir_listing_at(&walk->listing, i, &type);
        if (name[0] == '.' && !walk->options->hidden) {
            walk->stats->hidden++;
            continue;
        }
        const size_t length = strlen(name);
        memcpy(path + base, name, length + 1);
        const struct walk_entry entry = {.folder_fd = fd,
                                         .name = path + base,
                                         .path = path,
                                         .path_length = base + length,
                                         .folder = index};
        if (walk_one(walk, &entry, offset, type) != ML_OK)
            return walk->err->status;
    }
    return ML_OK;
}

/* ---- folders ---- */

static enum ml_status walk_push(struct walk *walk, struct walk_step step)
{
    if (walk->step_count == walk->step_capacity) {
        const size_t capacity =
            walk->step_capacity ? walk->step_capacity * 2 : 64;
        struct walk_step *moved =
            realloc(walk->steps, capacity * sizeof *moved);
        if (!moved)
            return walk_no_memory(walk->err);
        walk->steps = moved;
        walk->step_capacity = capacity;
    }
    walk->steps[walk->step_count++] = step;
    return ML_OK;
}

/* Is this folder, now open as fd, to be entered? */
static enum ml_status walk_may_enter(struct walk *walk, int fd, bool *enter_out)
{
    struct stat folder_stat;
    *enter_out = false;
    if (fstat(fd, &folder_stat) != 0)
        return ML_OK; /* impossible: it is open */
    const struct ml_walk_options *options = walk->options;
    if (folder_stat.st_ino == options->skip_inode &&
        folder_stat.st_dev == options->skip_device && walk->visited.count > 0) {
        walk->stats->outputs++;
        return ML_OK;
    }
    bool is_new;
    if (!ml_visited_set_add(&walk->visited, folder_stat.st_dev,
                            folder_stat.st_ino, &is_new))
        return walk_no_memory(walk->err);
    walk->stats->loops += !is_new;
    *enter_out = is_new;
    return ML_OK;
}

/* List the open folder, take its files, push its folders. */
static enum ml_status walk_list_folder(struct walk *walk, struct walk_step step,
                                       int fd)
{
    const int error = ml_dir_listing_read(&walk->listing, fd);
    if (error == ENOMEM)
        return walk_no_memory(walk->err);
    const struct ml_folder *folder =
        ml_inputs_folder(walk->inputs, step.folder);
    if (error != 0 && walk_folder_problem(walk, folder, ML_PROBLEM_OS, error))
        return walk->err->status;
    const size_t first = walk->inputs->folder_count;
    if (walk_entries(walk, step.folder, fd) != ML_OK)
        return walk->err->status;
    for (size_t i = walk->inputs->folder_count; i-- > first;) {
        const struct walk_step below = {.folder = (uint32_t)i,
                                        .depth = step.depth + 1};
        if (walk_push(walk, below) != ML_OK)
            return walk->err->status;
    }
    return ML_OK;
}

/* Push a step for after all below it: did it contain a picture? */
static enum ml_status walk_push_leave(struct walk *walk, struct walk_step step,
                                      const char *path)
{
    step.leave = true;
    step.inputs_before = (uint32_t)walk->inputs->count;
    return walk_is_named(walk, path) ? walk_push(walk, step) : ML_OK;
}

static enum ml_status walk_enter(struct walk *walk, struct walk_step step)
{
    const struct ml_folder *folder =
        ml_inputs_folder(walk->inputs, step.folder);
    if (walk->options->depth > 0 && step.depth > walk->options->depth) {
        walk->stats->deeper++;
        return walk_push_leave(walk, step, folder->path);
    }
    const int fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_NONBLOCK |
                                          O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return walk_folder_problem(walk, folder, ML_PROBLEM_OS, errno);
    bool enter;
    enum ml_status status = walk_may_enter(walk, fd, &enter);
    if (status == ML_OK && enter)
        status = walk_push_leave(walk, step, folder->path);
    if (status == ML_OK && enter)
        status = walk_list_folder(walk, step, fd);
    (void)close(fd);
    return status;
}

static enum ml_status walk_leave(const struct walk *walk, struct walk_step step)
{
    const struct ml_folder *folder =
        ml_inputs_folder(walk->inputs, step.folder);
    const struct ml_globs *include = &walk->options->include;
    const bool is_argument = folder->relative_offset == folder->path_length;
    const bool selected =
        is_argument || include->count == 0 ||
        walk_matches(include, folder->path + folder->relative_offset);
    if (walk->inputs->count > step.inputs_before || !selected)
        return ML_OK;
    return walk_folder_problem(walk, folder, ML_PROBLEM_FOLDER, 0);
}

static enum ml_status walk_tree(struct walk *walk, const char *operand)
{
    const uint16_t length = (uint16_t)strlen(operand);
    const struct ml_folder root = {
        .path = operand, .path_length = length, .relative_offset = length};
    enum ml_status status =
        ml_inputs_add_folder(walk->inputs, &root, walk->err);
    if (status == ML_OK)
        status = walk_push(
            walk, (struct walk_step){
                      .folder = (uint32_t)(walk->inputs->folder_count - 1),
                      .depth = 1});
    while (status == ML_OK && walk->step_count > 0) {
        const struct walk_step step = walk->steps[--walk->step_count];
        status = step.leave ? walk_leave(walk, step) : walk_enter(walk, step);
    }
    free(walk->steps);
    ml_dir_listing_close(&walk->listing);
    ml_visited_set_close(&walk->visited);
    return status;
}

/* ---- arguments ---- */

static enum ml_status walk_argument(struct walk *walk, const char *operand)
{
    const size_t length = strlen(operand);
    if (length >= ML_INPUT_PATH_MAX)
        return ml_fail(walk->err, ML_ERR_USAGE, "an input path is too long",
                       NULL, "it has %zu bytes, the limit is %d", length,
                       ML_INPUT_PATH_MAX - 1);
    const struct walk_entry entry = {.folder_fd = AT_FDCWD,
                                     .name = operand,
                                     .path = operand,
                                     .path_length = length,
                                     .folder = ML_NO_FOLDER};
    struct stat file_stat;
    if (stat(operand, &file_stat) != 0)
        return walk_add_unreadable(walk, &entry, errno);
    return S_ISDIR(file_stat.st_mode) ? walk_tree(walk, operand)
                                      : walk_file(walk, &entry, &file_stat);
}

static enum ml_status walk_standard_input(struct ml_inputs *inputs,
                                          struct ml_error *err)
{
    for (size_t i = 0; i < inputs->count; i++) {
        if (ml_inputs_at(inputs, i)->standard_input)
            return ml_fail(err, ML_ERR_USAGE, "standard input is named twice",
                           "leave out one -", "it can be read only once");
    }
    const struct ml_input input = {.name = "-",
                                   .name_length = 1,
                                   .folder = ML_NO_FOLDER,
                                   .format = ML_NOT_PICTURE,
                                   .standard_input = true};
    return ml_inputs_add(inputs, &input, err);
}

static enum ml_status walk_path(struct ml_inputs *inputs,
                                const struct ml_walk_options *options,
                                const char *path, struct ml_walk_stats *stats,
                                struct ml_error *err)
{
    struct walk walk = {
        .inputs = inputs, .options = options, .stats = stats, .err = err};
    return walk_argument(&walk, path);
}

enum ml_status ml_walk(struct ml_inputs *inputs,
                       const struct ml_walk_options *options,
                       const char *operand, struct ml_walk_stats *stats,
                       struct ml_error *err)
{
    return strcmp(operand, "-") == 0
               ? walk_standard_input(inputs, err)
               : walk_path(inputs, options, operand, stats, err);
}

enum ml_status ml_walk_list(struct ml_inputs *inputs,
                            const struct ml_walk_options *options,
                            const char *list, bool nul,
                            struct ml_walk_stats *stats, struct ml_error *err)
{
    struct ml_path_list paths;
    if (ml_path_list_open(&paths, list, nul, err) != ML_OK)
        return err->status;
    const char *path;
    enum ml_status status;
    while ((status = ml_path_list_next(&paths, &path, err)) == ML_OK && path) {
        status = walk_path(inputs, options, path, stats, err);
        if (status != ML_OK)
            break;
    }
    ml_path_list_close(&paths);
    return status;
}
