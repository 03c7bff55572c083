/* workers.c: see workers.h. */
#include "support/workers.h"

#include <assert.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "PID (NAME) STATE PARENT ..."; NAME may contain ")" and blanks. */
static bool is_running_child(int pid)
{
    char path[32], line[512];
    (void)snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return false; /* has ended */
    const bool there = fgets(line, sizeof line, file) != NULL;
    (void)fclose(file);
    const char *behind = there ? strrchr(line, ')') : NULL;
    char state;
    int parent;
    return behind && sscanf(behind + 1, " %c %d", &state, &parent) == 2 &&
           parent == (int)getpid() && state != 'Z' && state != 'X';
}

size_t test_workers(int *pids_out, size_t capacity)
{
    size_t count = 0;
    DIR *processes = opendir("/proc");
    assert(processes);
    for (struct dirent *entry; (entry = readdir(processes)) != NULL;) {
        const int pid = atoi(entry->d_name);
        if (pid > 0 && count < capacity && is_running_child(pid))
            pids_out[count++] = pid;
    }
    (void)closedir(processes);
    return count;
}
