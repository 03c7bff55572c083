/* cgroup.c: see cgroup.h. */
#include "os/cgroup.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"

#define CGROUP_FIELDS_MAX 32 /* words parsed of a mountinfo line */

bool ml_read_text_file(const char *root, const char *path, char *text,
                       size_t capacity)
{
    char whole[PATH_MAX + 64];
    struct ml_strbuf name;
    ml_strbuf_open(&name, whole, sizeof whole);
    ml_strbuf_add(&name, "%s%s", root, path);
    if (name.truncated)
        return false;
    const int fd = open(whole, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    const ssize_t got = read(fd, text, capacity - 1);
    close(fd);
    if (got <= 0)
        return false;
    text[got] = '\0';
    return true;
}

/* Is `word` one of the comma-separated words of `list`? */
static bool cgroup_lists(const char *list, const char *word)
{
    const size_t length = strlen(word);
    for (const char *s = list; *s;) {
        const size_t span = strcspn(s, ",");
        if (span == length && memcmp(s, word, length) == 0)
            return true;
        s += span;
        s += *s == ',';
    }
    return false;
}

static FILE *cgroup_open_lines(const char *root, const char *path)
{
    char whole[PATH_MAX];
    struct ml_strbuf name;
    ml_strbuf_open(&name, whole, sizeof whole);
    ml_strbuf_add(&name, "%s%s", root, path);
    return name.truncated ? NULL : fopen(whole, "re");
}

/* The path of this process's group within its tree, from lines
 * "4:cpu,cpuacct:/a/b"; the line of version 2 is "0::/a/b". */
static bool cgroup_own_path(const char *root, int version,
                            const char *controller, char path[PATH_MAX])
{
    char *line = NULL;
    size_t capacity = 0;
    bool found = false;
    FILE *file = cgroup_open_lines(root, "/proc/self/cgroup");
    if (!file)
        return false;
    while (!found && getline(&line, &capacity, file) > 0) {
        line[strcspn(line, "\n")] = '\0';
        char *list = strchr(line, ':');
        char *own = list ? strchr(list + 1, ':') : NULL;
        if (!own || strlen(own + 1) >= PATH_MAX)
            continue;
        *list++ = '\0';
        *own++ = '\0';
        found = version == 2 ? strcmp(line, "0") == 0 && *list == '\0'
                             : cgroup_lists(list, controller);
        if (found)
            strcpy(path, own);
    }
    free(line);
    (void)fclose(file);
    return found;
}

/* Decode octal escapes like \040 in place. */
static void cgroup_unescape(char *text)
{
    char *out = text;
    for (const char *s = text; *s; out++) {
        if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' &&
            s[2] <= '7' && s[3] >= '0' && s[3] <= '7') {
            *out = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
            s += 4;
        } else {
            *out = *s++;
        }
    }
    *out = '\0';
}

struct cgroup_mount {
    char *root;  /* the part of the tree that is mounted */
    char *point; /* where */
};

/* Read one line of mountinfo, in place: "36 35 98:0 ROOT POINT options
 * [more...] - TYPE source SUPER".  False if it is another tree. */
static bool cgroup_parse_mount(char *line, int version, const char *controller,
                               struct cgroup_mount *mount_out)
{
    char *fields[CGROUP_FIELDS_MAX];
    size_t count = 0, dash = 0;
    char *rest = NULL;
    for (char *word = strtok_r(line, " \n", &rest);
         word && count < CGROUP_FIELDS_MAX;
         word = strtok_r(NULL, " \n", &rest)) {
        if (dash == 0 && count > 5 && strcmp(word, "-") == 0)
            dash = count;
        fields[count++] = word;
    }
    if (dash == 0 || dash + 3 >= count)
        return false;
    const bool wanted = version == 2
                            ? strcmp(fields[dash + 1], "cgroup2") == 0
                            : strcmp(fields[dash + 1], "cgroup") == 0 &&
                                  cgroup_lists(fields[dash + 3], controller);
    cgroup_unescape(fields[3]);
    cgroup_unescape(fields[4]);
    *mount_out = (struct cgroup_mount){fields[3], fields[4]};
    return wanted;
}

/* The rest of `path` below `tree`, or NULL if it is elsewhere.  A path that
 * starts with "/.." is outside this process's namespace. */
static const char *cgroup_below(const char *path, const char *tree)
{
    const size_t length = strcmp(tree, "/") == 0 ? 0 : strlen(tree);
    if (strncmp(path, "/..", 3) == 0 || strncmp(path, tree, length) != 0 ||
        (path[length] != '/' && path[length] != '\0'))
        return NULL;
    return path + length;
}

bool ml_cgroup_open(struct ml_cgroup *group, const char *root, int version,
                    const char *controller)
{
    char path[PATH_MAX];
    char *line = NULL;
    size_t capacity = 0, best = 0;
    if (!cgroup_own_path(root, version, controller, path))
        return false;
    FILE *file = cgroup_open_lines(root, "/proc/self/mountinfo");
    if (!file)
        return false;
    *group = (struct ml_cgroup){.version = version};
    /* A tree may be mounted many times: take the mount whose root is the
     * deepest that contains the group.  If none does (a container that sees
     * only its own part, under the name "/"), take the first mount point
     * itself. */
    while (getline(&line, &capacity, file) > 0) {
        struct cgroup_mount mount;
        if (!cgroup_parse_mount(line, version, controller, &mount))
            continue;
        const char *below = cgroup_below(path, mount.root);
        const size_t rank = below ? 2 + strlen(mount.root) : 1;
        if (rank <= best)
            continue;
        struct ml_strbuf folder;
        ml_strbuf_open(&folder, group->folder, sizeof group->folder);
        ml_strbuf_add(&folder, "%s%s", root, mount.point);
        group->top = folder.used;
        if (below && strcmp(below, "/") != 0)
            ml_strbuf_add(&folder, "%s", below);
        best = folder.truncated ? 0 : rank;
    }
    free(line);
    (void)fclose(file);
    return best > 0;
}

bool ml_cgroup_parent(struct ml_cgroup *group)
{
    char *slash = strrchr(group->folder, '/');
    if (!slash || (size_t)(slash - group->folder) < group->top)
        return false;
    *slash = '\0';
    return true;
}

bool ml_cgroup_read(const struct ml_cgroup *group, const char *name, char *text,
                    size_t capacity)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/%s", name);
    return ml_read_text_file(group->folder, path, text, capacity);
}
