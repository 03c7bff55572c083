/* record.h: how one input ended, as the batch reports it. */
#ifndef ML_COMMAND_REPORT_RECORD_H
#define ML_COMMAND_REPORT_RECORD_H

#include <stddef.h>

#include "files/output/output_plan.h"
#include "pipeline/core/job.h"

struct ml_record {
    size_t index;             /* of the input */
    const struct ml_job *job; /* NULL: the input was skipped */
    enum ml_output_action action;
    const char *output; /* below the root; "" when there is none */
};

#endif
