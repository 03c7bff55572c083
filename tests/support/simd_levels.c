/* simd_levels.c: see simd_levels.h. */
#include "support/simd_levels.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/simd_level.h"

/* 0 when no test failed, else 1. */
static int levels_run_at(enum ml_simd level, int (*run)(void))
{
    int status;
    (void)printf("level %s\n", ml_simd_name(level));
    (void)fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        if (setenv(ML_SIMD_ENVIRONMENT, ml_simd_name(level), 1) != 0 ||
            ml_simd_level() != level)
            exit(1);
        exit(run() != 0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("levels");
        return 1;
    }
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

int levels_run(int (*run)(void))
{
    int failed = 0;
    if (getenv(ML_SIMD_ENVIRONMENT))
        return run();
    for (unsigned level = 0; level <= ml_simd_supported(); level++)
        failed += levels_run_at((enum ml_simd)level, run);
    return failed;
}
