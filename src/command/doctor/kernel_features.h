/* kernel_features.h: the kernel features that minilab can use, found by trying
 * each.  A probe leaves no descriptor open and no restriction on the process.
 */
#ifndef ML_COMMAND_DOCTOR_KERNEL_FEATURES_H
#define ML_COMMAND_DOCTOR_KERNEL_FEATURES_H

#include <stdbool.h>

struct ml_kernel_features {
    char release[65];
    bool memfd_seals;     /* memory shared with workers, of fixed size */
    bool pidfd;           /* waiting for workers in poll() */
    bool openat2;         /* outputs stay below their root, links included */
    bool close_range;     /* a worker inherits nothing by accident */
    int landlock_abi;     /* 0: not available */
    char huge_pages[16];  /* "always", "madvise", "never", "unknown" */
    char huge_shared[16]; /* of shared memory: also "within_size", "advise" */
};

/* `root` as in os/cpu_budget.h: the folder that contains /sys. */
void ml_kernel_probe(const char *root, struct ml_kernel_features *kernel_out);

#endif
