/* json_document.h: the JSON document of a run, from its metrics and counts.
 *
 * A part that only some runs have (worker processes, an explanation) is an
 * object of its own, left out of the other documents.
 */
#ifndef ML_COMMAND_REPORT_JSON_DOCUMENT_H
#define ML_COMMAND_REPORT_JSON_DOCUMENT_H

#include "command/report/report_state.h"

/* The document of `run --json`, without the explanation: new, the caller's. */
json_t *ml_run_report_document(struct ml_json_builder *json,
                               const struct ml_run_report *report,
                               const struct ml_run_metrics *metrics,
                               const struct ml_run_counts *counts);

#endif
